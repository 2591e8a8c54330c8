/** A series plan and its files to a volume, one file in memory at a time. */
import type { Outcome, SampleArray, Volume } from '../../../shared/domain/volume.ts'
import { allocateSamples } from '../../../shared/domain/volume.ts'
import type { Inflate } from '../bytes.ts'
import { refuse } from '../refuse.ts'
import { parseDataset } from './dataset.ts'
import { sliceBytes } from './format.ts'
import { headerOf } from './header.ts'
import { decodePixels } from './pixels.ts'
import type { ReadableSeries } from './series.ts'

export type AssembleOptions = {
  inflate?: Inflate
  /** Told after each slice. */
  progress?: (done: number, total: number) => void
  /** Asked before each slice; true ends the reading with a refusal. */
  cancelled?: () => boolean
}

/**
 * Reads the slices of a plan. `read` gives the bytes of a file by its index in the list that `groupSeries` was given.
 * Where a plan's type is int32 only because its 16-bit values could in theory leave that range, as a CT's with an
 * intercept of -1024, the volume stays int16 unless one does.
 * Files are checked again as they are read: one that has changed since is refused, never misread.
 */
export async function assemble(
  plan: ReadableSeries,
  read: (file: number) => Promise<Uint8Array>,
  options: AssembleOptions = {},
): Promise<Outcome<{ volume: Volume }>> {
  const { geometry, type, slices } = plan
  const perSlice = geometry.shape[0] * geometry.shape[1]
  let samples: SampleArray = allocateSamples(type === 'int32' ? 'int16' : type, perSlice * slices.length)
  const scratch = type === 'int32' ? new Int32Array(perSlice) : undefined
  for (const [k, slice] of slices.entries()) {
    if (options.cancelled?.()) return refuse('The import was cancelled.')
    const parsed = await parseDataset(await read(slice.file), options.inflate)
    if (!parsed.ok) return changed(k)
    const { dataset } = parsed
    const now = headerOf(dataset, dataset.bytes.length)
    const same =
      now.sopInstance === slice.header.sopInstance &&
      sliceBytes(now, slice.header.pixels) === sliceBytes(slice.header, slice.header.pixels)
    if (!same || !now.pixels || !dataset.pixels) return changed(k)
    if (scratch) {
      decodePixels(dataset.bytes, dataset.pixels.offset, perSlice, now.pixels, scratch, 0)
      if (samples instanceof Int16Array && !fitsInt16(scratch)) samples = Int32Array.from(samples)
      samples.set(scratch, k * perSlice)
    } else decodePixels(dataset.bytes, dataset.pixels.offset, perSlice, now.pixels, samples, k * perSlice)
    options.progress?.(k + 1, slices.length)
  }
  const read16 = samples instanceof Int16Array ? 'int16' : type
  return { ok: true, volume: { geometry, channels: 1, type: read16, samples }, warnings: plan.warnings }
}

function fitsInt16(values: Int32Array): boolean {
  for (const value of values) if (value < -32768 || value > 32767) return false
  return true
}

function changed(k: number) {
  return refuse(
    'A file of the series changed or became unreadable while it was imported; import it again.',
    `slice ${k}`,
  )
}
