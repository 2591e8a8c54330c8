/** What the importer needs to know of one DICOM file: plain data, without pixels, fit to be sent between processes. */
import type { Refusal } from '../../../shared/domain/volume.ts'
import type { Inflate } from '../bytes.ts'
import type { Identity } from '../identity.ts'
import { readIdentity } from '../identity.ts'
import { refuse } from '../refuse.ts'
import type { Dataset } from './dataset.ts'
import { parseDataset } from './dataset.ts'
import type { PixelFormat, SlicePlace } from './format.ts'
import { pixelFormat, sliceBytes, slicePlace } from './format.ts'
import type { FrameHeader } from './frames.ts'
import { framesOf } from './frames.ts'
import { classReason, isSecondaryCapture, isUncompressed, syntaxReason } from './kinds.ts'

export type DicomHeader = {
  sopClass: string
  sopInstance: string
  studyUid: string
  seriesUid: string
  frameOfReference: string
  syntax: string
  modality: string
  manufacturer: string
  seriesNumber: number | undefined
  instanceNumber: number | undefined
  imageType: string[]
  rows: number
  columns: number
  /** Undefined where they are in colour or stored in a way that is not read. */
  pixels: PixelFormat | undefined
  /** Undefined where the file does not say. */
  place: SlicePlace | undefined
  /** mm; used only where there is a single slice. */
  sliceThickness: number | undefined
  spacingBetweenSlices: number | undefined
  /** What tells apart several images of one place: acquisition, echo, b-value, time… as texts, in order of trust. */
  dimensions: Record<string, string>
  monochrome1: boolean
  /** Whether the file says that its image was once compressed with loss (0028,2110). */
  lossy: boolean
  /** Number of stored pictures, 1 for a classic slice. */
  frameCount: number
  /** Where one file holds several slices: each of them. */
  frames: FrameHeader[] | undefined
  /** Why this file is not read as a slice, where it is not. */
  unread: string | undefined
  /** Where uncompressed pixels are in the file itself, so that they can be read without parsing it again. */
  raw: RawPixels | undefined
  /** For display only. */
  identity: Identity
}

/** Offsets in the file, in bytes: of the pixels, and of the text of the SOP instance UID (0008,0018). */
export type RawPixels = { pixels: number; instance: number }

/** Whether a file still has the same instance UID, and `length` bytes of pixels, where they were. */
export function rawPixelsAreThere(
  bytes: Uint8Array,
  sopInstance: string,
  { pixels, instance }: RawPixels,
  length: number,
): boolean {
  if (pixels + length > bytes.length) return false
  // The tag is followed by a length of four bytes and, where VRs are explicit, by the VR and two more before it.
  const isTag = (at: number) =>
    (bytes[at] === 0xe0 && bytes[at + 1] === 0x7f && bytes[at + 2] === 0x10 && bytes[at + 3] === 0) ||
    (bytes[at] === 0x7f && bytes[at + 1] === 0xe0 && bytes[at + 2] === 0 && bytes[at + 3] === 0x10)
  if (!isTag(pixels - 8) && !isTag(pixels - 12)) return false
  for (let n = 0; n < sopInstance.length; n++) if (bytes[instance + n] !== sopInstance.charCodeAt(n)) return false
  return true
}

/** Undefined where parsing is needed: compressed, deflated, or without an instance UID to know the file by. */
function rawPixels(dataset: Dataset, inFile: boolean): RawPixels | undefined {
  const instance = dataset.elements.x00080018
  if (!inFile || !dataset.pixels || !isUncompressed(dataset.syntax) || !instance || !dataset.text('x00080018'))
    return undefined
  const start = String.fromCharCode(...dataset.bytes.subarray(instance.dataOffset, instance.dataOffset + 64))
  const at = start.indexOf(dataset.text('x00080018'))
  return at < 0 ? undefined : { pixels: dataset.pixels.offset, instance: instance.dataOffset + at }
}

/**
 * The header of one DICOM file (whole, or at least up to its pixels and with `fileSize` given). Refuses what is no DICOM
 * or is too damaged to tell. What is DICOM but no readable slice comes back with the reason in `unread`, so that a series
 * can be refused as one. Never throws on bad bytes.
 */
export async function readHeader(
  bytes: Uint8Array,
  options: { inflate?: Inflate; fileSize?: number } = {},
): Promise<{ ok: true; header: DicomHeader } | Refusal> {
  if (bytes.length === 0) return refuse('The file is empty (0 bytes); copy it again from its source.')
  const parsed = await parseDataset(bytes, options.inflate)
  if (!parsed.ok) return parsed
  const { dataset } = parsed
  if (Object.keys(dataset.elements).length === 0)
    return refuse('The DICOM file is damaged: it holds nothing after its first bytes.', dataset.broken)
  const end = dataset.bytes === bytes ? (options.fileSize ?? bytes.length) : dataset.bytes.length
  return { ok: true, header: headerOf(dataset, end, dataset.bytes === bytes) }
}

/** The header from a walked data set; `end` is where its bytes end. `inFile`: whether they are the file's own, not inflated. */
export function headerOf(dataset: Dataset, end: number, inFile = false): DicomHeader {
  const sopClass = dataset.text('x00080016') || dataset.text('x00020002')
  const imageType = dataset.texts('x00080008').map((part) => part.toUpperCase())
  const rows = dataset.uint16('x00280010') ?? 0
  const columns = dataset.uint16('x00280011') ?? 0
  const place = slicePlace(dataset)
  const frameCount = Math.max(1, Math.floor(dataset.decimal('x00280008') ?? 1))
  const format = pixelFormat(dataset)
  const frames = framesOf(dataset, { sopClass, imageType, rows, columns, place, frameCount })
  const unread = unreadReason(dataset, { sopClass, imageType, rows, columns, format, place, frameCount, frames, end })
  return {
    sopClass,
    sopInstance: dataset.text('x00080018') || dataset.text('x00020003'),
    studyUid: dataset.text('x0020000d'),
    seriesUid: dataset.text('x0020000e'),
    frameOfReference: dataset.text('x00200052'),
    syntax: dataset.syntax,
    modality: dataset.text('x00080060'),
    manufacturer: dataset.text('x00080070'),
    seriesNumber: dataset.decimal('x00200011'),
    instanceNumber: dataset.decimal('x00200013'),
    imageType,
    rows,
    columns,
    pixels: typeof format === 'object' ? format : undefined,
    place,
    sliceThickness: positive(dataset.decimal('x00180050')),
    spacingBetweenSlices: positive(dataset.decimal('x00180088')),
    dimensions: {
      imageType: imageType.join('/'),
      echo: dataset.text('x00180086') + '/' + dataset.text('x00180081'),
      bValue: String(dataset.float64('x00189087') ?? dataset.text('x0019100c')),
      gradient: (dataset.float64s('x00189089') ?? dataset.texts('x0019100e')).join('/'),
      acquisition: dataset.text('x00200012'),
      temporalPosition: dataset.text('x00200100'),
      triggerTime: dataset.text('x00181060'),
      frameTime: dataset.text('x00541300'),
      acquisitionTime: dataset.text('x00080032'),
      contentTime: dataset.text('x00080033'),
      frameOfReference: dataset.text('x00200052'),
      kernel: dataset.text('x00181210'),
      thickness: dataset.text('x00180050'),
    },
    frameCount,
    frames: typeof frames === 'object' ? frames : undefined,
    lossy: dataset.text('x00282110') === '01',
    monochrome1: dataset.text('x00280004') === 'MONOCHROME1',
    unread,
    raw: rawPixels(dataset, inFile),
    identity: readIdentity(dataset),
  }
}

type Facts = {
  sopClass: string
  imageType: string[]
  rows: number
  columns: number
  format: PixelFormat | string
  place: SlicePlace | undefined
  frameCount: number
  frames: FrameHeader[] | string | undefined
  end: number
}

/** The first reason that applies, from what the object is, over how it is encoded, to what is missing. */
function unreadReason(dataset: Dataset, facts: Facts): string | undefined {
  const { sopClass, imageType, rows, columns, format, place, frameCount, frames, end } = facts
  const named = classReason(sopClass)
  if (named) return named
  if (imageType.includes('LOCALIZER')) return 'This is a localizer (an overview picture for planning), set aside.'
  if (isSecondaryCapture(sopClass) && !place && !frames)
    return 'This is a secondary capture (a screenshot or a derived picture), not a scan, set aside.'
  if (dataset.broken && !dataset.pixels)
    return 'The file is damaged: it breaks off before its image. Copy it again from its source.'
  if (!dataset.pixels)
    return dataset.has('x7fe00008') || dataset.has('x7fe00009')
      ? 'The image holds floating point pixels, which are not read; export it as NIfTI.'
      : 'This DICOM file holds no image.'
  // Colour first: it would stay a reason after the file had been saved uncompressed.
  if (typeof format === 'string' && format.includes('colour')) return format
  const encoded = syntaxReason(dataset.syntax)
  if (encoded) return encoded
  if (dataset.pixels.length < 0 && isUncompressed(dataset.syntax))
    return 'The image is compressed although the file says that it is not; the file is damaged.'
  if (dataset.pixels.length >= 0 && !isUncompressed(dataset.syntax))
    return 'The image is not compressed although the file says that it is; the file is damaged.'
  if (typeof format === 'string') return format
  if (rows < 1 || columns < 1) return 'The file is damaged: it does not say how many rows and columns its image has.'
  const needed = sliceBytes({ rows, columns }, format) * frameCount
  if (dataset.pixels.length >= 0 && (dataset.pixels.length < needed || dataset.pixels.offset + needed > end))
    return 'The file ends before its last pixel; it was probably not copied in full. Copy it again from its source.'
  if (typeof frames === 'string') return frames
  if (!place && !frames) return placeReason(dataset)
  return undefined
}

function placeReason(dataset: Dataset): string {
  if (!dataset.decimals('x00280030') && dataset.has('x00200032') && dataset.has('x00200037'))
    return 'The file does not say how large its pixels are (no valid Pixel Spacing), so nothing could be measured in it.'
  return 'The file does not say where its image lies in the patient (no valid position and orientation), so it cannot be part of a 3D scan.'
}

const positive = (v: number | undefined) => (v !== undefined && v > 0 ? v : undefined)
