/** The canonical volume of a series, on disk: what the viewer shows and the trainer reads, voxel for voxel the same. */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import type { Geometry } from '../../shared/domain/geometry.ts'
import { sampleArrays, voxelCount, type SampleArray, type SampleType, type Volume } from '../../shared/domain/volume.ts'
import { percentiles } from '../imaging/intensity.ts'
import { writeFileLightly, writeLargeFile } from './files.ts'
import { cacheFolder, thumbnailFile, volumeFile, volumeHeaderFile } from './layout.ts'
import { makeThumbnail } from './thumbnail.ts'
import type { VolumeDraft } from './volume-draft.ts'

/** Beside the samples, as JSON. `format` grows when the meaning of the file changes, so that old ones are made anew. */
export type CacheHeader = Geometry & {
  format: 1
  seriesId: string
  type: SampleType
  channels: number
  /** Suggested display window, per channel: 0.5th and 99.5th percentile of the finite samples. */
  window: [number, number][]
}

/**
 * Writes volume, picture and, last, the header: a cache entry with a header is whole, whenever the power fails. (A header
 * that is lost or cut short by that only means that the volume is made again.) `volume` is on its canonical grid;
 * `draft`: where it may have been written already.
 */
export async function writeCache(
  folder: string,
  seriesId: string,
  volume: Volume,
  draft?: VolumeDraft,
): Promise<CacheHeader> {
  mkdirSync(cacheFolder(folder), { recursive: true })
  const { geometry, channels, type, samples } = volume
  const written = writeVolume(volumeFile(folder, seriesId), seriesId, samples, draft)
  // Heard below; until then a failure must not count as unheard.
  written.catch(() => {})
  const { window, picture } = describeVolume(volume)
  const header: CacheHeader = { format: 1, seriesId, type, channels, ...geometry, window }
  await Promise.all([written, writeLargeFile(thumbnailFile(folder, seriesId), picture)])
  writeFileLightly(volumeHeaderFile(folder, seriesId), JSON.stringify(header, null, 2) + '\n')
  return header
}

/** What is made of a volume beside its samples: display windows, and the small picture as PNG. */
export function describeVolume(volume: Volume): { window: [number, number][]; picture: Uint8Array } {
  const window = displayWindows(volume)
  return { window, picture: makeThumbnail(volume, window[0]) }
}

async function writeVolume(file: string, seriesId: string, samples: SampleArray, draft?: VolumeDraft): Promise<void> {
  if (!(await draft?.keep(seriesId))) await writeLargeFile(file, bytesOf(samples))
}

/** The header of a cached volume; null where the volume must be made again from its source. */
export function readCacheHeader(folder: string, seriesId: string): CacheHeader | null {
  const file = volumeHeaderFile(folder, seriesId)
  if (!existsSync(file)) return null
  try {
    const header = JSON.parse(readFileSync(file, 'utf8')) as CacheHeader
    if (header.format !== 1) return null
    const [x, y, z] = header.shape
    const expected = x * y * z * header.channels * sampleArrays[header.type].BYTES_PER_ELEMENT
    return statSync(volumeFile(folder, seriesId)).size === expected ? header : null
  } catch {
    // Cut short or half deleted: it is only a cache.
    return null
  }
}

/** Low and high percentile of each channel; where they coincide (a nearly empty scan) the whole range, never an empty one. */
function displayWindows({ geometry, channels, samples }: Volume): [number, number][] {
  const voxels = voxelCount(geometry)
  return Array.from({ length: channels }, (_, channel) => {
    const own = samples.subarray(channel * voxels, (channel + 1) * voxels)
    const [least, low, high, most] = percentiles(own, [0, 0.5, 99.5, 100])
    if (high > low) return [low, high]
    return Number.isFinite(least) ? [least, most > least ? most : least + 1] : [0, 1]
  })
}

function bytesOf(samples: SampleArray): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
}
