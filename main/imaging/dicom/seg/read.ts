/** DICOM segmentations (PS3.3 A.51, C.8.20): BINARY, FRACTIONAL and LABELMAP, in any encoding that images may have. */
import type { Geometry } from '../../../../shared/domain/geometry.ts'
import type { Refusal } from '../../../../shared/domain/volume.ts'
import type { Inflate } from '../../bytes.ts'
import { refuse } from '../../refuse.ts'
import { encapsulatedFrames } from '../codecs/encapsulated.ts'
import { canDecode, decodeFrame } from '../codecs/index.ts'
import type { Dataset } from '../dataset.ts'
import { parseDataset } from '../dataset.ts'
import { enhancedFrames } from '../enhanced.ts'
import type { SlicePlace } from '../format.ts'
import { isUncompressed } from '../kinds.ts'

export type Code = { value: string; scheme: string; meaning: string }

export type Segment = {
  number: number
  label: string
  category?: Code
  type?: Code
  /** 0…65535 CIELab as stored (PS3.3 C.10.7.1.1). */
  cielab?: [number, number, number]
}

export type SegmentationType = 'BINARY' | 'FRACTIONAL' | 'LABELMAP'

/** One stored picture: where it lies, and of which segment it is (undefined in a LABELMAP, where the values tell). */
export type SegmentFrame = { place: SlicePlace; segment: number | undefined; values: Uint8Array | Uint16Array }

export type Segmentation = {
  type: SegmentationType
  /** The value that means "wholly inside" in a FRACTIONAL one, 1 in a BINARY one. */
  most: number
  rows: number
  columns: number
  segments: Segment[]
  frames: SegmentFrame[]
  /** mm, as far as the file says. */
  sliceDistance: number | undefined
  sliceThickness: number | undefined
  /** What it was drawn on. */
  studyUid: string
  frameOfReference: string
  sourceSeries: string[]
  sourceInstances: string[]
}

/** The most bytes that the unpacked frames may need. */
const mostBytes = 2 * 2 ** 30

/** Whether a SOP class is one of segmentations. */
export const isSegmentation = (sopClass: string) => /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.66\.[47]$/.test(sopClass)

/** Reads a DICOM segmentation. Refuses, never throws, on bad bytes. */
export async function readSegmentation(
  bytes: Uint8Array,
  options: { inflate?: Inflate } = {},
): Promise<{ ok: true; segmentation: Segmentation } | Refusal> {
  const parsed = await parseDataset(bytes, options.inflate)
  if (!parsed.ok) return parsed
  const { dataset } = parsed
  if (!isSegmentation(dataset.text('x00080016'))) return refuse('This DICOM file is no segmentation.')
  const type = dataset.text('x00620001') as SegmentationType
  const bits = dataset.uint16('x00280100') ?? 0
  const [rows, columns] = [dataset.uint16('x00280010') ?? 0, dataset.uint16('x00280011') ?? 0]
  const count = Math.floor(dataset.decimal('x00280008') ?? 1)
  const fits = { BINARY: [1], FRACTIONAL: [8], LABELMAP: [8, 16] }[type]
  if (!fits?.includes(bits) || rows < 1 || columns < 1 || !(count >= 1))
    return refuse(
      'The DICOM segmentation is damaged: it does not say how its voxels are stored.',
      `${type}, ${bits} bits`,
    )
  if (rows * columns * count * (bits === 16 ? 2 : 1) > mostBytes)
    return refuse('The DICOM segmentation is too large to be read (more than 2 GB).')
  if (!dataset.pixels)
    return refuse('The DICOM segmentation holds no voxels; copy it again from its source.', dataset.broken)

  const places = enhancedFrames(dataset, count)
  if (!places || places.length < count || places.some((frame) => !frame.place))
    return refuse('The DICOM segmentation does not say where its frames lie in the patient.')
  let pictures: (Uint8Array | Uint16Array)[]
  try {
    pictures = await readPictures(dataset, { rows, columns, bits, count })
  } catch (error) {
    return refuse(
      'The voxels of the DICOM segmentation are damaged or cut short; copy it again from its source.',
      String((error as Error)?.message ?? error),
    )
  }
  const shared = dataset.items('x52009229')[0]
  const own = dataset.items('x52009230')
  const segmentOf = (n: number) => (own[n]?.items('x0062000a')[0] ?? shared?.items('x0062000a')[0])?.uint16('x0062000b')
  const frames = places.map(({ place }, n) => ({
    place: place!,
    segment: type === 'LABELMAP' ? undefined : (segmentOf(n) ?? 1),
    values: pictures[n],
  }))
  return {
    ok: true,
    segmentation: {
      type,
      most: type === 'FRACTIONAL' ? (dataset.uint16('x0062000e') ?? 255) || 255 : 1,
      rows,
      columns,
      segments: dataset.items('x00620002').map(segmentFrom),
      frames,
      sliceDistance: positive(places[0].spacingBetweenSlices),
      sliceThickness: positive(places[0].sliceThickness),
      studyUid: dataset.text('x0020000d'),
      frameOfReference: dataset.text('x00200052'),
      ...sources(dataset, own),
    },
  }
}

function segmentFrom(item: Dataset): Segment {
  const code = (tag: string): Code | undefined => {
    const found = item.items(tag)[0]
    return (
      found && { value: found.text('x00080100'), scheme: found.text('x00080102'), meaning: found.text('x00080104') }
    )
  }
  const cielab = [0, 1, 2].map((n) => item.uint16s('x0062000d')?.[n])
  return {
    number: item.uint16('x00620004') ?? 1,
    label: item.display('x00620005') || item.display('x00620006') || code('x0062000f')?.meaning || '',
    category: code('x00620003'),
    type: code('x0062000f'),
    cielab: cielab.every((v) => v !== undefined) ? (cielab as [number, number, number]) : undefined,
  }
}

/** Series and images that it names as its source: in one list, and frame by frame. */
function sources(dataset: Dataset, frames: Dataset[]): { sourceSeries: string[]; sourceInstances: string[] } {
  const series = new Set<string>()
  const instances = new Set<string>()
  const lists = [dataset, ...dataset.items('x00081200')].flatMap((item) => item.items('x00081115'))
  for (const item of lists) {
    series.add(item.text('x0020000e'))
    for (const tag of ['x0008114a', 'x00081199'])
      for (const image of item.items(tag)) instances.add(image.text('x00081155'))
  }
  for (const frame of frames)
    for (const derived of frame.items('x00089124'))
      for (const image of derived.items('x00082112')) instances.add(image.text('x00081155'))
  const named = (set: Set<string>) => [...set].filter((uid) => uid !== '')
  return { sourceSeries: named(series), sourceInstances: named(instances) }
}

type Layout = { rows: number; columns: number; bits: number; count: number }

/** All frames as values: 0 or 1 of a BINARY one. Throws on bytes that make no sense. */
async function readPictures(dataset: Dataset, { rows, columns, bits, count }: Layout) {
  const { offset, length } = dataset.pixels!
  const size = rows * columns
  if (isUncompressed(dataset.syntax) && length >= 0) {
    const needed = Math.ceil((size * count * bits) / 8)
    if (length < needed || offset + needed > dataset.bytes.length) throw new RangeError(`${length} bytes of ${needed}`)
    if (bits === 1) return Array.from({ length: count }, (_, n) => unpackBits(dataset.bytes, offset, n * size, size))
    if (bits === 8)
      return Array.from({ length: count }, (_, n) => dataset.bytes.slice(offset + n * size, offset + (n + 1) * size))
    const view = new DataView(dataset.bytes.buffer, dataset.bytes.byteOffset)
    return Array.from({ length: count }, (_, n) =>
      Uint16Array.from({ length: size }, (_, p) => view.getUint16(offset + 2 * (n * size + p), dataset.littleEndian)),
    )
  }
  if (!canDecode(dataset.syntax) || length >= 0) throw new RangeError(`transfer syntax ${dataset.syntax}`)
  const pictures: (Uint8Array | Uint16Array)[] = []
  for (const packed of encapsulatedFrames(dataset, count)) {
    // RLE of single bits: the packed bytes themselves are run-length encoded.
    if (bits === 1) {
      const bytes = Math.ceil(size / 8)
      const { samples } = await decodeFrame(packed(), dataset.syntax, { rows: 1, columns: bytes, bitsAllocated: 8 })
      pictures.push(unpackBits(Uint8Array.from(samples), 0, 0, size))
      continue
    }
    const { samples } = await decodeFrame(packed(), dataset.syntax, { rows, columns, bitsAllocated: bits })
    pictures.push(bits === 8 ? Uint8Array.from(samples) : samples)
  }
  return pictures
}

/** Bits in the order of PS3.5 8.1.1: the first pixel is the lowest bit; frames follow without padding. */
function unpackBits(bytes: Uint8Array, offset: number, first: number, count: number): Uint8Array {
  const out = new Uint8Array(count)
  for (let n = 0; n < count; n++) out[n] = (bytes[offset + ((first + n) >> 3)] >> ((first + n) & 7)) & 1
  return out
}

const positive = (v: number | undefined) => (v !== undefined && v > 0 ? v : undefined)

/** A grid's geometry and a list of masks on it. */
export type SegmentMasks = { geometry: Geometry; masks: { segment: number; values: Uint8Array }[] }
