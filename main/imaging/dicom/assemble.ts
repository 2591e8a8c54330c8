/** A series plan and its files to a volume, one file in memory at a time. */
import type { Permutation, Triple } from '../../../shared/domain/geometry.ts'
import type { Outcome, SampleArray, Volume } from '../../../shared/domain/volume.ts'
import { allocateSamples, voxelCount } from '../../../shared/domain/volume.ts'
import type { Inflate } from '../bytes.ts'
import { isIdentity, permuteGeometry, permuteSamples } from '../canonical.ts'
import { refuse } from '../refuse.ts'
import { parseDataset } from './dataset.ts'
import { headerOf } from './header.ts'
import { mendSamples } from './mend.ts'
import { Pictures } from './pictures.ts'
import type { Slice } from './repetitions.ts'
import { groupBy } from './repetitions.ts'
import type { ReadableSeries } from './series.ts'
import { sliceSize } from './stack.ts'

export type AssembleOptions = {
  inflate?: Inflate
  /** The volume's axes reordered and flipped by this as it is read, so that it is not held twice. */
  permutation?: Permutation
  /** Told after each slice. */
  progress?: (done: number, total: number) => void
  /** Asked before each slice; true ends the reading with a refusal. */
  cancelled?: () => boolean
}

/**
 * Reads the slices of a plan. `read` gives the bytes of a file by its index in the list that `groupSeries` was given; each
 * file is asked for once. Where a plan's type is int32 only because its 16-bit values could in theory leave that range, as
 * a CT's with an intercept of -1024, the volume stays int16 unless one does.
 * Files are checked again as they are read: one that has changed since is refused, never misread.
 */
export async function assemble(
  plan: ReadableSeries,
  read: (file: number) => Promise<Uint8Array>,
  options: AssembleOptions = {},
): Promise<Outcome<{ volume: Volume }>> {
  const { geometry, type, slices, channels, mend } = plan
  const size = sliceSize(slices[0].header)
  const perSlice = size.rows * size.columns
  let samples: SampleArray = allocateSamples(type === 'int32' ? 'int16' : type, perSlice * slices.length)
  const { permutation } = options
  // Resampled volumes are reordered afterwards.
  const scatter = permutation && !mend && !isIdentity(permutation) ? scattering(geometry.shape, permutation) : undefined
  const scratch = type === 'int32' || scatter ? allocateSamples(type, perSlice) : undefined
  const numbered = slices.map((slice, n) => ({ slice, n }))
  let done = 0
  for (const ofFile of groupBy(numbered, ({ slice }) => String(slice.file))) {
    const opened = await openFile(ofFile[0].slice, read, options)
    if (!opened) return changed(ofFile[0].n)
    for (const { slice, n } of ofFile) {
      if (options.cancelled?.()) return refuse('The import was cancelled.')
      const { frame, header } = slice
      const format = { ...header.pixels, littleEndian: opened.littleEndian }
      try {
        await opened.pictures.read(frame, header.tile, format, scratch ?? samples, scratch ? 0 : n * perSlice)
      } catch (error) {
        return damaged(n, error)
      }
      if (scratch) {
        if (type === 'int32' && samples instanceof Int16Array && !fitsInt16(scratch)) samples = Int32Array.from(samples)
        if (scatter) scatter(scratch, n, samples)
        else samples.set(scratch, n * perSlice)
      }
      options.progress?.(++done, slices.length)
    }
  }
  const stored = samples instanceof Int16Array ? 'int16' : type
  if (mend) samples = mended(samples, plan, allocateSamples(stored, voxelCount(geometry) * channels))
  const volume: Volume = { geometry, channels, type: stored, samples }
  if (!permutation) return { ok: true, volume, warnings: plan.warnings }
  if (!scatter) volume.samples = permuteSamples(samples, geometry.shape, permutation)
  return {
    ok: true,
    volume: { ...volume, geometry: permuteGeometry(geometry, permutation) },
    warnings: plan.warnings,
  }
}

/** Puts stored slice n (of all channels) where its voxels are after a permutation of the axes. */
function scattering([nx, ny, nz]: Triple, { axes, flips }: Permutation) {
  const shape = axes.map((axis) => [nx, ny, nz][axis])
  const strides = [1, shape[0], shape[0] * shape[1]]
  // Of each stored axis: what one step along it adds, and where it begins.
  const steps = [0, 0, 0]
  let start = 0
  axes.forEach((axis, n) => {
    steps[axis] = flips[n] ? -strides[n] : strides[n]
    if (flips[n]) start += (shape[n] - 1) * strides[n]
  })
  const [sx, sy, sz] = steps
  return (slice: SampleArray, n: number, out: SampleArray): void => {
    const first = start + Math.floor(n / nz) * nx * ny * nz + (n % nz) * sz
    for (let y = 0, from = 0; y < ny; y++) {
      let to = first + y * sy
      for (let x = 0; x < nx; x++, to += sx) out[to] = slice[from++]
    }
  }
}

/** The pictures of a slice's file, if it is still the file whose header was read. */
async function openFile(
  { file, header }: Slice,
  read: (file: number) => Promise<Uint8Array>,
  options: AssembleOptions,
) {
  const parsed = await parseDataset(await read(file), options.inflate)
  if (!parsed.ok) return undefined
  const { dataset } = parsed
  const now = headerOf(dataset, dataset.bytes.length)
  const same =
    now.unread === undefined &&
    now.sopInstance === header.sopInstance &&
    now.rows === header.rows &&
    now.columns === header.columns &&
    now.frameCount === header.frameCount &&
    now.pixels?.bitsAllocated === header.pixels.bitsAllocated
  if (!same || !now.pixels || !dataset.pixels) return undefined
  try {
    const { rows, columns, frameCount, pixels } = now
    const pictures = new Pictures(dataset, { rows, columns, frameCount, pixels })
    return { pictures, littleEndian: pixels.littleEndian }
  } catch {
    return undefined
  }
}

function mended(samples: SampleArray, { geometry, channels, mend }: ReadableSeries, out: SampleArray): SampleArray {
  const [from, to] = [samples.length / channels, out.length / channels]
  for (let c = 0; c < channels; c++)
    mendSamples(samples.subarray(c * from, (c + 1) * from), mend!, geometry.shape, out.subarray(c * to, (c + 1) * to))
  return out
}

function fitsInt16(values: SampleArray): boolean {
  for (const value of values) if (value < -32768 || value > 32767) return false
  return true
}

function damaged(n: number, error: unknown) {
  return refuse(
    'The compressed image of a slice is damaged and cannot be decoded; copy the series again from its source.',
    `slice ${n}: ${String((error as Error)?.message ?? error)}`,
  )
}

function changed(n: number) {
  return refuse(
    'A file of the series is damaged, or changed while it was imported; copy it again and import it again.',
    `slice ${n}`,
  )
}
