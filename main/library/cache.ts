/** The canonical volume of a series, on disk: what the viewer shows and the trainer reads, voxel for voxel the same. */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import type { Geometry } from '../../shared/domain/geometry.ts'
import { sampleArrays, type SampleArray, type SampleType, type Volume } from '../../shared/domain/volume.ts'
import { writeFileSafely, writeJson } from './files.ts'
import { cacheFolder, thumbnailFile, volumeFile, volumeHeaderFile } from './layout.ts'
import { makeThumbnail } from './thumbnail.ts'

/** Beside the samples, as JSON. `format` grows when the meaning of the file changes, so that old ones are made anew. */
export type CacheHeader = Geometry & {
  format: 1
  seriesId: string
  type: SampleType
  channels: number
  /** Suggested display window, per channel: 0.5th and 99.5th percentile of the finite samples. */
  window: [number, number][]
}

/** Writes volume, picture and, last, the header: a cache entry with a header is whole. `volume` is on its canonical grid. */
export function writeCache(folder: string, seriesId: string, volume: Volume): CacheHeader {
  mkdirSync(cacheFolder(folder), { recursive: true })
  const { geometry, channels, type, samples } = volume
  const header: CacheHeader = { format: 1, seriesId, type, channels, ...geometry, window: displayWindows(volume) }
  writeFileSafely(volumeFile(folder, seriesId), [bytesOf(samples)])
  writeFileSafely(thumbnailFile(folder, seriesId), [makeThumbnail(volume, header.window[0])])
  writeJson(volumeHeaderFile(folder, seriesId), header)
  return header
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

/** The cached samples. Throws where readCacheHeader gives null. */
export function readCacheSamples(folder: string, header: CacheHeader): SampleArray {
  const bytes = readFileSync(volumeFile(folder, header.seriesId))
  const from = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  return new sampleArrays[header.type](from)
}

/** Low and high percentile of each channel's finite samples, from at most a quarter of a million of them. */
function displayWindows({ geometry, channels, samples }: Volume): [number, number][] {
  const voxels = geometry.shape[0] * geometry.shape[1] * geometry.shape[2]
  return Array.from({ length: channels }, (_, channel) => {
    // An odd step wanders through rows and slices instead of hitting the same column again and again.
    const step = Math.max(1, Math.floor(voxels / 250_000)) | 1
    const found: number[] = []
    for (let n = channel * voxels; n < (channel + 1) * voxels; n += step) {
      if (Number.isFinite(samples[n])) found.push(samples[n])
    }
    if (found.length === 0) return [0, 1]
    const sorted = Float64Array.from(found).sort()
    const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]
    const [low, high] = [at(0.005), at(0.995)]
    // Mostly empty scans: the percentiles coincide, so show the whole range.
    const [least, most] = high > low ? [low, high] : [sorted[0], sorted[sorted.length - 1]]
    return [least, most > least ? most : least + 1]
  })
}

function bytesOf(samples: SampleArray): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
}
