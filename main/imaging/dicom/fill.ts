/** Stored slices into the memory of their volume, file by file: what each of several threads may do of a series. */
import type { Refusal, SampleArray } from '../../../shared/domain/volume.ts'
import type { Inflate } from '../bytes.ts'
import { refuse } from '../refuse.ts'
import { parseDataset } from './dataset.ts'
import type { PixelFormat } from './format.ts'
import { sliceBytes } from './format.ts'
import type { RawPixels } from './header.ts'
import { headerOf, rawPixelsAreThere } from './header.ts'
import type { Tile } from './mosaic.ts'
import { Pictures } from './pictures.ts'
import { isStraight, place, slicesTogether, type Placement } from './placement.ts'
import type { Slice } from './repetitions.ts'
import { groupBy } from './repetitions.ts'

/** A file and what is needed of its header to read its slices. Plain data, fit to be sent to a thread. */
export type StoredFile = {
  /** Index of the file in the list that `groupSeries` was given. */
  file: number
  sopInstance: string
  rows: number
  columns: number
  frameCount: number
  pixels: PixelFormat
  raw: RawPixels | undefined
  /** n: which slice of the volume. */
  slices: { n: number; frame: number; tile: Tile | undefined; pixels: PixelFormat }[]
}

/** The files of a series in the order of their first slices. */
export function storedFiles(slices: readonly Slice[]): StoredFile[] {
  const numbered = slices.map((slice, n) => ({ slice, n }))
  return groupBy(numbered, ({ slice }) => String(slice.file)).map((ofFile) => {
    const { file, header } = ofFile[0].slice
    const { sopInstance, rows, columns, frameCount, pixels, raw } = header
    return {
      file,
      sopInstance,
      rows,
      columns,
      frameCount,
      pixels,
      raw,
      slices: ofFile.map(({ slice, n }) => ({
        n,
        frame: slice.frame,
        tile: slice.header.tile,
        pixels: slice.header.pixels,
      })),
    }
  })
}

export type FillTask = {
  placement: Placement
  /** Whether the slices are still to be resampled, for which `least` is wanted. */
  toMend: boolean
}

/** least: the least value. wide: a value does not fit the 16 bits of the samples, which must be filled anew with 32. */
export type Filled = { ok: true; least: number; wide: boolean } | Refusal

/** Reads files and puts their slices into `samples`. `read` may give every file in the same memory, one after the other. */
export async function fillSlices(
  files: readonly StoredFile[],
  { placement, toMend }: FillTask,
  samples: SampleArray,
  read: (file: number) => Promise<Uint8Array>,
  inflate?: Inflate,
): Promise<Filled> {
  const [nx, ny, nz] = placement.shape
  const perSlice = nx * ny
  const most = slicesTogether(placement)
  const straight = isStraight(placement)
  // Slices side by side must not fall into the same lines of the caches, as those of 512 × 512 would.
  const pitch = most > 1 ? perSlice + 32 : perSlice
  const memory = straight ? undefined : takeScratch(most * pitch * samples.BYTES_PER_ELEMENT)
  const block = memory ? like(samples, memory, most * pitch) : samples
  const narrow = samples instanceof Int16Array
  let [least, first, count] = [Infinity, 0, 0]
  const flush = () => {
    if (count > 0) place(block, pitch, placement, first, count, samples)
    count = 0
  }
  for (const stored of files) {
    const opened = await openFile(stored, read, inflate)
    if (!opened) return changed(stored.slices[0].n)
    for (const { n, frame, tile, pixels } of stored.slices) {
      if (!straight && (count === most || n !== first + count || n % nz === 0)) flush()
      if (count === 0) first = n
      const at = straight ? n * perSlice : count++ * pitch
      try {
        const fits = await opened.pictures.read(
          frame,
          tile,
          { ...pixels, littleEndian: opened.littleEndian },
          block,
          at,
        )
        if (narrow && !fits) return { ok: true, least, wide: true }
      } catch (error) {
        return damaged(n, error)
      }
      if (toMend) least = Math.min(least, leastOf(block, at, at + perSlice))
    }
  }
  flush()
  if (memory && memory.byteLength <= mostKept) kept = memory
  return { ok: true, least, wide: false }
}

/** Memory for slices is kept from call to call, as many calls make one volume; whoever uses it takes it away. */
const mostKept = 2 ** 24
let kept: ArrayBuffer | undefined

const like = (samples: SampleArray, memory: ArrayBuffer, length: number) =>
  new (samples.constructor as new (memory: ArrayBuffer, at: number, n: number) => SampleArray)(memory, 0, length)

function takeScratch(bytes: number): ArrayBuffer {
  const memory = kept && kept.byteLength >= bytes ? kept : new ArrayBuffer(bytes)
  kept = undefined
  return memory
}

function leastOf(values: SampleArray, from: number, to: number): number {
  let least = Infinity
  for (let n = from; n < to; n++) if (values[n] < least) least = values[n]
  return least
}

/** The pictures of a file, if it is still the file whose header was read. */
async function openFile(stored: StoredFile, read: (file: number) => Promise<Uint8Array>, inflate?: Inflate) {
  const bytes = await read(stored.file)
  const { raw, pixels } = stored
  if (raw) {
    if (!rawPixelsAreThere(bytes, stored.sopInstance, raw, sliceBytes(stored, pixels) * stored.frameCount))
      return undefined
    return { pictures: new Pictures({ bytes, offset: raw.pixels }, stored), littleEndian: pixels.littleEndian }
  }
  const parsed = await parseDataset(bytes, inflate)
  if (!parsed.ok) return undefined
  const { dataset } = parsed
  const now = headerOf(dataset, dataset.bytes.length)
  const same =
    now.unread === undefined &&
    now.sopInstance === stored.sopInstance &&
    now.rows === stored.rows &&
    now.columns === stored.columns &&
    now.frameCount === stored.frameCount &&
    now.pixels?.bitsAllocated === pixels.bitsAllocated
  if (!same || !now.pixels || !dataset.pixels) return undefined
  try {
    return { pictures: Pictures.of(dataset, { ...stored, pixels: now.pixels }), littleEndian: now.pixels.littleEndian }
  } catch {
    return undefined
  }
}

const damaged = (n: number, error: unknown) =>
  refuse(
    'The compressed image of a slice is damaged and cannot be decoded; copy the series again from its source.',
    `slice ${n}: ${String((error as Error)?.message ?? error)}`,
  )

const changed = (n: number) =>
  refuse(
    'A file of the series is damaged, or changed while it was imported; copy it again and import it again.',
    `slice ${n}`,
  )
