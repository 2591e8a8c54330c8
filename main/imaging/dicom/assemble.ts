/** A series plan and its files to a volume, one file in memory at a time (for each thread that reads). */
import type { Permutation } from '../../../shared/domain/geometry.ts'
import type { Outcome, SampleArray, SampleType, Volume } from '../../../shared/domain/volume.ts'
import { allocateSamples, voxelCount } from '../../../shared/domain/volume.ts'
import type { Inflate } from '../bytes.ts'
import { permuteGeometry } from '../canonical.ts'
import { fillSlices, storedFiles, type Filled, type FillTask, type StoredFile } from './fill.ts'
import { mendSlices, type Mend } from './mend.ts'
import { placementOf, type Placement } from './placement.ts'
import type { ReadableSeries } from './series.ts'
import { sliceSize } from './stack.ts'

/** Who does the work, one thread or several, and in what memory. */
export interface Hands {
  /** Samples, all zero. */
  allocate(type: SampleType, length: number): SampleArray
  /** See `fillSlices`. */
  fill(files: readonly StoredFile[], task: FillTask, samples: SampleArray): Promise<Filled>
  /** See `mendSlices`; all slices of all channels. */
  mend(stored: SampleArray, mend: Mend, outside: number, placement: Placement, out: SampleArray): Promise<void>
}

/** This thread alone. `read` gives the bytes of a file by its index in the list that `groupSeries` was given. */
export const alone = (read: (file: number) => Promise<Uint8Array>, inflate?: Inflate): Hands => ({
  allocate: allocateSamples,
  fill: (files, task, samples) => fillSlices(files, task, samples, read, inflate),
  mend: async (stored, mend, outside, placement, out) => {
    const [nx, ny] = placement.shape
    mendSlices(stored, mend, outside, placement, out, 0, out.length / (nx * ny))
  },
})

/**
 * Reads the slices of a plan; the volume's axes are reordered and flipped by `permutation` as it is read, so that it is
 * not held twice. Where a plan's type is int32 only because its 16-bit values could in theory leave that range, as
 * a CT's with an intercept of -1024, the volume is int16 unless one does.
 * Files are checked again as they are read: one that has changed since is refused, never misread.
 */
export async function assemble(
  plan: ReadableSeries,
  hands: Hands,
  permutation?: Permutation,
): Promise<Outcome<{ volume: Volume }>> {
  const { geometry, slices, channels, mend } = plan
  const files = storedFiles(slices)
  const placement = placementOf(geometry.shape, permutation)
  const { columns, rows } = sliceSize(slices[0].header)
  const task: FillTask = {
    placement: mend ? placementOf([columns, rows, slices.length / channels]) : placement,
    toMend: mend !== undefined,
  }
  const read = async (type: SampleType) => {
    const samples = hands.allocate(type, columns * rows * slices.length)
    return { type, samples, filled: await hands.fill(files, task, samples) }
  }
  let { type, samples, filled } = await read(plan.type === 'int32' ? 'int16' : plan.type)
  if (plan.type === 'int32' && filled.ok && filled.wide) ({ type, samples, filled } = await read('int32'))
  if (!filled.ok) return filled
  if (mend) {
    const out = hands.allocate(type, voxelCount(geometry) * channels)
    await hands.mend(samples, mend, filled.least, placement, out)
    samples = out
  }
  const turned = permutation ? permuteGeometry(geometry, permutation) : geometry
  return { ok: true, volume: { geometry: turned, channels, type, samples }, warnings: plan.warnings }
}
