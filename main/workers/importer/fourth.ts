/** NIfTI files of several volumes (4D): as channels of one scan, the first volume alone, or a scan each. */
import { voxelCount } from '../../../shared/domain/volume.ts'
import { hashBytes } from './bytes.ts'
import type { ReadScan } from './read.ts'

export type FourthWish = 'channels' | 'first' | 'each'

/** A scan that was read, and its number within its file, from 1; undefined where it is all of the file. */
export type ScanOfFile<T extends ReadScan> = { scan: T; number: number | undefined }

/** What a file gives: itself where it holds one volume, or where its volumes are channels. */
export function scansOfFile<T extends ReadScan>(read: T, wish: FourthWish): ScanOfFile<T>[] {
  const { channels } = read.volume
  if (channels === 1 || wish === 'channels') return [{ scan: read, number: undefined }]
  const wanted = wish === 'first' ? 1 : channels
  return Array.from({ length: wanted }, (_, n) => ({ scan: volumeOfFile(read, n), number: n + 1 }))
}

/** Volume n (from 0) of a file as a scan of its own, with a content hash of its own. */
function volumeOfFile<T extends ReadScan>(read: T, n: number): T {
  const { geometry, type, samples } = read.volume
  const voxels = voxelCount(geometry)
  return {
    ...read,
    volume: { geometry, channels: 1, type, samples: samples.slice(n * voxels, (n + 1) * voxels) },
    contentSha256: partHash(read.contentSha256, n),
  }
}

const partHash = (whole: string, n: number) =>
  hashBytes(Buffer.from(whole, 'hex'), new TextEncoder().encode(`volume ${n + 1}`))

/** The scan with this content hash out of a file: the file's own, or one of its volumes; undefined where it is neither. */
export function scanWithHash<T extends ReadScan>(read: T, contentSha256: string): T | undefined {
  if (read.contentSha256 === contentSha256) return read
  for (let n = 0; n < read.volume.channels; n++)
    if (partHash(read.contentSha256, n) === contentSha256) return volumeOfFile(read, n)
  return undefined
}
