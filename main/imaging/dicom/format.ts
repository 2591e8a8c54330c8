/** How a file stores its pixels, and where in the patient its slice lies. */
import type { Triple } from '../../../shared/domain/geometry.ts'
import { cross, dot, length } from '../affine.ts'
import type { Dataset } from './dataset.ts'

/** How stored bytes become values (PS3.5 section 8, PS3.3 C.7.6.3 and C.11.1). */
export type PixelFormat = {
  bitsAllocated: 8 | 16 | 32
  bitsStored: number
  highBit: number
  signed: boolean
  littleEndian: boolean
  /** Bytes of an 8-bit image lie in swapped 16-bit words (OW in big endian). */
  swappedBytes: boolean
  slope: number
  intercept: number
}

/** Where a slice lies, in DICOM's LPS mm (PS3.3 C.7.6.2). */
export type SlicePlace = {
  /** Centre of the first pixel. */
  position: Triple
  /** Unit vectors along a row (column index grows) and down a column (row index grows). */
  rowDirection: Triple
  columnDirection: Triple
  /** Distance of rows, and of columns, as stored in Pixel Spacing: [between rows, between columns]. */
  pixelSpacing: [number, number]
}

/** Bytes of one slice as stored. */
export function sliceBytes(header: { rows: number; columns: number }, pixels: PixelFormat): number {
  return header.rows * header.columns * (pixels.bitsAllocated / 8)
}

/** The pixel format, or why it is not read. */
export function pixelFormat(dataset: Dataset): PixelFormat | string {
  const photometric = dataset.text('x00280004')
  if ((dataset.uint16('x00280002') ?? 1) !== 1 || (photometric !== '' && !photometric.startsWith('MONOCHROME')))
    return `The images are in colour (${photometric || 'several samples per pixel'}), not measured values; Handful reads greyscale scans.`
  const bitsAllocated = dataset.uint16('x00280100')
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32)
    return bitsAllocated === undefined
      ? 'The file is damaged: it does not say how its pixels are stored.'
      : `The images store ${bitsAllocated} bits per pixel; 8, 16 and 32 are read. Save them with one of these, or as NIfTI.`
  if (bitsAllocated === 32 && dataset.pixels !== undefined && dataset.pixels.length < 0)
    return 'The images store 32 bits per pixel in compressed form, which is not read; save them uncompressed or as NIfTI.'
  const bitsStored = dataset.uint16('x00280101') ?? bitsAllocated
  const highBit = dataset.uint16('x00280102') ?? bitsStored - 1
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit >= bitsAllocated || highBit < bitsStored - 1)
    return 'The file is damaged: its pixels have more bits than room for them.'
  if (dataset.has('x00283000') && !dataset.has('x00281053'))
    return 'The values of the images are given by a lookup table, which this version does not read; export them as NIfTI.'
  const { slope, intercept } = rescale(dataset, dataset, dataset)
  const littleEndian = dataset.littleEndian
  return {
    bitsAllocated,
    bitsStored,
    highBit,
    signed: dataset.uint16('x00280103') === 1,
    littleEndian,
    swappedBytes: !littleEndian && bitsAllocated === 8 && dataset.pixels?.vr === 'OW',
    slope,
    intercept,
  }
}

/**
 * Position, orientation and pixel size, if all are there and make sense; in an enhanced image each stands in a functional
 * group of its own.
 */
export function slicePlace(
  dataset: Dataset,
  orientedBy: Dataset = dataset,
  measuredBy: Dataset = dataset,
): SlicePlace | undefined {
  const position = dataset.decimals('x00200032')
  const orientation = orientedBy.decimals('x00200037')
  const spacing = measuredBy.decimals('x00280030')
  if (position?.length !== 3 || orientation?.length !== 6 || spacing?.length !== 2) return undefined
  const rowDirection = orientation.slice(0, 3) as Triple
  const columnDirection = orientation.slice(3) as Triple
  const unit = (v: Triple) => Math.abs(length(v) - 1) < 0.01
  if (!unit(rowDirection) || !unit(columnDirection) || Math.abs(dot(rowDirection, columnDirection)) > 0.01)
    return undefined
  if (length(cross(rowDirection, columnDirection)) < 0.9 || !spacing.every((s) => s > 0 && s < 1000)) return undefined
  return { position: position as Triple, rowDirection, columnDirection, pixelSpacing: spacing as [number, number] }
}

/**
 * How stored values become measured ones: slope and intercept of `values` (the data set, or a frame's own group).
 * Philips MR scanners scale each series for display by its own brightest voxel; their private Scale Slope undoes that, so
 * that scans can be compared: (stored · RS + RI) / (RS · SS) (Chenevert et al., Transl Oncol 2014, doi:10.1593/tlo.13811;
 * dcm2niix does the same). `own` is where that private element stands.
 */
export function rescale(
  dataset: Dataset,
  values: Dataset | undefined,
  own: Dataset | undefined,
): { slope: number; intercept: number } {
  const slope = values?.decimal('x00281053') || 1
  const intercept = values?.decimal('x00281052') ?? 0
  const isPhilipsMr = dataset.text('x00080060') === 'MR' && /^philips/i.test(dataset.text('x00080070'))
  const scale = isPhilipsMr ? own?.float32('x2005100e') : undefined
  if (!scale || !Number.isFinite(scale) || scale < 0) return { slope, intercept }
  return { slope: 1 / scale, intercept: intercept / (slope * scale) }
}
