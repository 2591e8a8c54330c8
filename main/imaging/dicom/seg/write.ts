/** Writing DICOM segmentations (PS3.3 A.51, C.8.20), from our own geometry. */
import type { Geometry, Triple } from '../../../../shared/domain/geometry.ts'
import { voxelCount } from '../../../../shared/domain/volume.ts'
import { apply, column, normalise } from '../../affine.ts'
import { shear } from '../../geometry.ts'
import type { Item } from '../encode.ts'
import { decimalString, encodeFile } from '../encode.ts'
import type { SourceStudy } from '../source.ts'
import { dicomMoment, imageReference } from '../source.ts'
import type { Code, Segment, SegmentationType } from './read.ts'

/** A mask on the grid: 0 or 1, or 0…255 in a FRACTIONAL one. Without masks the labels are in `labels`. */
export type SegmentToWrite = Segment & { algorithm?: 'MANUAL' | 'SEMIAUTOMATIC' | 'AUTOMATIC'; values?: Uint8Array }

export type SegmentationToWrite = {
  type: SegmentationType
  geometry: Geometry
  segments: readonly SegmentToWrite[]
  /** One byte a voxel, a segment's number each: instead of `values` of the segments. */
  labels?: Uint8Array
  /** 'PROBABILITY' or 'OCCUPANCY', and what stands for 1: FRACTIONAL only. */
  most?: number
  /** New UIDs for the series, the instance and the dimensions, and for what the source lacks. */
  uid: () => string
  source: SourceStudy
  description?: string
  seriesNumber?: number
  /** Local time. */
  created?: Date
  version?: string
}

const segmentationClass = '1.2.840.10008.5.1.4.1.1.66.4'
const labelMapClass = '1.2.840.10008.5.1.4.1.1.66.7'
const tissue: Code = { value: '85756007', scheme: 'SCT', meaning: 'Tissue' }

const lps = ([x, y, z]: Triple): Triple => [0 - x, 0 - y, z]
const decimals = (values: readonly number[]) => values.map(decimalString).join('\\')

/**
 * The bytes of a DICOM segmentation. Rows and columns are the grid's i and j, frames its slices along k; slices without
 * any voxel of a segment are left out, but for the grid's first and last, so that its extent can be read back. The grid must be right-angled (a shear below
 * 0.1°): anything else cannot be said in DICOM. Throws RangeError on such a grid or on segments that do not fit it.
 */
export function writeSegmentation(wish: SegmentationToWrite): Uint8Array<ArrayBuffer> {
  const { geometry, segments, type } = wish
  const [columns, rows] = geometry.shape
  if (shear(geometry.affine) > 0.1) throw new RangeError('a sheared grid cannot be written as DICOM')
  if (columns > 65535 || rows > 65535) throw new RangeError('more than 65535 rows or columns')
  const frames = framesOf(wish)
  const created = wish.created ?? new Date()
  const { date, time } = dicomMoment(created)
  const { source, uid } = wish
  const organisation = uid()
  const frameOfReference = source.frameOfReference || uid()
  const elements: Item = [
    ...source.patient,
    ['00080005', 'CS', 'ISO_IR 192'],
    ['00080008', 'CS', 'DERIVED\\PRIMARY'],
    ['00080016', 'UI', type === 'LABELMAP' ? labelMapClass : segmentationClass],
    ['00080018', 'UI', uid()],
    ['00080021', 'DA', date],
    ['00080023', 'DA', date],
    ['00080031', 'TM', time],
    ['00080033', 'TM', time],
    ['00080060', 'CS', 'SEG'],
    ['00080070', 'LO', 'Handful'],
    ['0008103E', 'LO', (wish.description ?? 'Segmentation').slice(0, 64)],
    ['00081090', 'LO', 'Handful'],
    ['00181000', 'LO', '0'],
    ['00181020', 'LO', wish.version ?? '0'],
    ['0020000D', 'UI', source.studyUid || uid()],
    ['0020000E', 'UI', uid()],
    ['00200011', 'IS', String(wish.seriesNumber ?? 100)],
    ['00200013', 'IS', '1'],
    ['00200052', 'UI', frameOfReference],
    ['00201040', 'LO', ''],
    ['00209221', 'SQ', [[['00209164', 'UI', organisation]]]],
    ['00209222', 'SQ', dimensions(type, organisation)],
    ['00280002', 'US', 1],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280008', 'IS', String(frames.length)],
    ['00280010', 'US', rows],
    ['00280011', 'US', columns],
    ['00280100', 'US', type === 'BINARY' ? 1 : 8],
    ['00280101', 'US', type === 'BINARY' ? 1 : 8],
    ['00280102', 'US', type === 'BINARY' ? 0 : 7],
    ['00280103', 'US', 0],
    ['00282110', 'CS', '00'],
    ['00620001', 'CS', type],
    ['00620002', 'SQ', segments.map(segmentItem)],
    ['00620013', 'CS', type === 'LABELMAP' ? 'NO' : 'UNDEFINED'],
    ['00700080', 'CS', 'SEGMENTATION'],
    ['00700081', 'LO', (wish.description ?? 'Segmentation').slice(0, 64)],
    ['00700084', 'PN', ''],
    ['52009229', 'SQ', [sharedGroups(geometry)]],
    ['52009230', 'SQ', frames.map((frame) => frameGroups(wish, frame))],
    ['7FE00010', 'OB', packed(wish, frames)],
  ]
  if (type === 'FRACTIONAL') elements.push(['00620010', 'CS', 'PROBABILITY'], ['0062000E', 'US', wish.most ?? 255])
  if (source.images.length > 0 && source.seriesUid)
    elements.push(['00081115', 'SQ', [[
      ['0008114A', 'SQ', source.images.map(imageReference)],
      ['0020000E', 'UI', source.seriesUid],
    ]]]) // prettier-ignore
  return encodeFile(elements)
}

type Frame = { segment: SegmentToWrite | undefined; k: number }

/** Every slice of every segment that marks a voxel; LABELMAP: every slice that holds any. */
function framesOf({ type, geometry, segments, labels }: SegmentationToWrite): Frame[] {
  const [nx, ny, nz] = geometry.shape
  const plane = nx * ny
  const voxels = voxelCount(geometry)
  for (const list of [labels, ...segments.map(({ values }) => values)])
    if (list && list.length !== voxels) throw new RangeError(`${list.length} voxels for ${geometry.shape.join(' × ')}`)
  const slices = Array.from({ length: nz }, (_, k) => k)
  const isEnd = (k: number) => k === 0 || k === nz - 1
  const marked = (segment: SegmentToWrite, k: number) => {
    if (segment.values) return segment.values.subarray(k * plane, (k + 1) * plane).some((v) => v > 0)
    return labels?.subarray(k * plane, (k + 1) * plane).includes(segment.number) ?? false
  }
  if (type === 'LABELMAP') {
    if (!labels) throw new RangeError('a LABELMAP needs labels')
    const used = slices.filter((k) => isEnd(k) || labels.subarray(k * plane, (k + 1) * plane).some((v) => v > 0))
    return used.map((k) => ({ segment: undefined, k }))
  }
  if (segments.length === 0) throw new RangeError('no segments')
  return segments.flatMap((segment, n) =>
    slices.filter((k) => (n === 0 && isEnd(k)) || marked(segment, k)).map((k) => ({ segment, k })),
  )
}

function dimensions(type: SegmentationType, organisation: string): Item[] {
  const dimension = (tag: string, group: string): Item => [
    ['00209164', 'UI', organisation],
    ['00209165', 'AT', tag],
    ['00209167', 'AT', group],
  ]
  const position = dimension('00200032', '00209113')
  return type === 'LABELMAP' ? [position] : [dimension('0062000B', '0062000A'), position]
}

function segmentItem({ number, label, category, type, cielab, algorithm = 'SEMIAUTOMATIC' }: SegmentToWrite): Item {
  const item: Item = [
    ['00620003', 'SQ', [codeItem(category ?? tissue)]],
    ['00620004', 'US', number],
    ['00620005', 'LO', label.slice(0, 64)],
    ['00620008', 'CS', algorithm],
    ['0062000F', 'SQ', [codeItem(type ?? tissue)]],
  ]
  if (algorithm !== 'MANUAL') item.push(['00620009', 'LO', 'Handful'])
  if (cielab) item.push(['0062000D', 'US', cielab])
  return item
}

function codeItem({ value, scheme, meaning }: Code): Item {
  return [
    ['00080100', 'SH', value.slice(0, 16)],
    ['00080102', 'SH', scheme.slice(0, 16)],
    ['00080104', 'LO', meaning.slice(0, 64)],
  ]
}

function sharedGroups({ affine, spacing }: Geometry): Item {
  const [row, down] = [0, 1].map((axis) => normalise(lps(column(affine, axis))))
  return [
    ['00209116', 'SQ', [[['00200037', 'DS', decimals([...row, ...down])]]]],
    ['00289110', 'SQ', [[
      ['00180050', 'DS', decimalString(spacing[2])],
      ['00180088', 'DS', decimalString(spacing[2])],
      ['00280030', 'DS', decimals([spacing[1], spacing[0]])],
    ]]],
  ] // prettier-ignore
}

function frameGroups({ geometry, source, type, segments }: SegmentationToWrite, { segment, k }: Frame): Item {
  const position = decimals(lps(apply(geometry.affine, [0, 0, k])))
  const shown = source.images.filter(({ slice }) => slice === k)
  const index = k + 1
  const group: Item = [
    ['00209111', 'SQ', [[['00209157', 'UL', type === 'LABELMAP' ? [index] : [segments.indexOf(segment!) + 1, index]]]]],
    ['00209113', 'SQ', [[['00200032', 'DS', position]]]],
  ]
  if (segment) group.push(['0062000A', 'SQ', [[['0062000B', 'US', segment.number]]]])
  if (shown.length > 0)
    group.push(['00089124', 'SQ', [[
      ['00082112', 'SQ', shown.map((image): Item => [
        ...imageReference(image),
        ['0040A170', 'SQ', [codeItem({ value: '121322', scheme: 'DCM', meaning: 'Source image for image processing operation' })]],
      ])],
      ['00089215', 'SQ', [codeItem({ value: '113076', scheme: 'DCM', meaning: 'Segmentation' })]],
    ]]]) // prettier-ignore
  return group
}

/** The pixels of all frames: bits from the lowest on without padding between frames, or a byte each. */
function packed({ type, labels, geometry }: SegmentationToWrite, frames: readonly Frame[]): Uint8Array {
  const plane = geometry.shape[0] * geometry.shape[1]
  const total = plane * frames.length
  const out = new Uint8Array(type === 'BINARY' ? Math.ceil(total / 8) : total)
  frames.forEach(({ segment, k }, f) => {
    const from = k * plane
    for (let n = 0; n < plane; n++) {
      const at = f * plane + n
      const value = segment?.values
        ? segment.values[from + n]
        : segment
          ? Number(labels![from + n] === segment.number)
          : labels![from + n]
      if (type !== 'BINARY') out[at] = value
      else if (value > 0) out[at >> 3] |= 1 << (at & 7)
    }
  })
  return out
}
