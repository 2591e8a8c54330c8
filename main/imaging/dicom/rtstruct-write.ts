/** Writing label maps as RTSTRUCT contours (PS3.3 A.19, C.8.8.5, C.8.8.6). */
import type { Geometry } from '../../../shared/domain/geometry.ts'
import { voxelCount } from '../../../shared/domain/volume.ts'
import { apply } from '../affine.ts'
import { outlines, type Outline } from '../contours.ts'
import type { DicomElement, Item } from './encode.ts'
import { decimalString, encodeFile } from './encode.ts'
import type { SourceImage, SourceStudy } from './source.ts'
import { dicomMoment, imageReference } from './source.ts'

export type StructureToWrite = {
  /** The value in `labels`, and the ROI's number. */
  number: number
  name: string
  /** 0…255. */
  color: [red: number, green: number, blue: number]
  algorithm: 'MANUAL' | 'SEMIAUTOMATIC' | 'AUTOMATIC'
}

export type StructureSetToWrite = {
  geometry: Geometry
  /** One byte a voxel of the grid. */
  labels: Uint8Array
  structures: readonly StructureToWrite[]
  uid: () => string
  source: SourceStudy
  /** At most 16 characters. */
  label: string
  version?: string
  /** Local time. */
  created?: Date
}

const structureSetClass = '1.2.840.10008.5.1.4.1.1.481.3'
const studyComponentClass = '1.2.840.10008.3.1.2.3.1'

/**
 * The bytes of an RTSTRUCT: closed planar contours along the edges of the voxels on each slice k of the grid, so that the
 * voxels whose centres they enclose are those of the label map; holes by keyhole (see `outlines`). Coordinates are
 * rounded to a ten-thousandth of a millimetre. Throws RangeError where the labels do not fit the grid.
 */
export function writeStructureSet(wish: StructureSetToWrite): Uint8Array<ArrayBuffer> {
  const { source, structures, uid, geometry, labels } = wish
  if (labels.length !== voxelCount(geometry))
    throw new RangeError(`${labels.length} voxels for ${geometry.shape.join(' × ')}`)
  const { date, time } = dicomMoment(wish.created ?? new Date())
  const [studyUid, frameOfReference] = [source.studyUid || uid(), source.frameOfReference || uid()]
  const elements: Item = [
    ...source.patient,
    ['00080005', 'CS', 'ISO_IR 192'],
    ['00080016', 'UI', structureSetClass],
    ['00080018', 'UI', uid()],
    ['00080060', 'CS', 'RTSTRUCT'],
    ['00080070', 'LO', 'Handful'],
    ['0008103E', 'LO', wish.label],
    ['00081070', 'PN', ''],
    ['00081090', 'LO', 'Handful'],
    ['00181020', 'LO', wish.version ?? '0'],
    ['0020000D', 'UI', studyUid],
    ['0020000E', 'UI', uid()],
    ['00200011', 'IS', '101'],
    ['00200052', 'UI', frameOfReference],
    ['00201040', 'LO', ''],
    ['30060002', 'SH', wish.label.slice(0, 16)],
    ['30060008', 'DA', date],
    ['30060009', 'TM', time],
    ['30060010', 'SQ', [references(source, studyUid, frameOfReference)]],
    ['30060020', 'SQ', structures.map(({ number, name, algorithm }): Item => [
      ['30060022', 'IS', String(number)],
      ['30060024', 'UI', frameOfReference],
      ['30060026', 'LO', name.slice(0, 64)],
      ['30060036', 'CS', algorithm],
    ])],
    ['30060039', 'SQ', structures.map((structure): Item => [
      ['3006002A', 'IS', structure.color.join('\\')],
      ['30060040', 'SQ', contoursOf(wish, structure)],
      ['30060084', 'IS', String(structure.number)],
    ])],
    ['30060080', 'SQ', structures.map(({ number }, n): Item => [
      ['30060082', 'IS', String(n + 1)],
      ['30060084', 'IS', String(number)],
      ['300600A4', 'CS', ''],
      ['300600A6', 'PN', ''],
    ])],
    ['300E0002', 'CS', 'UNAPPROVED'],
  ] // prettier-ignore
  // A long outline's coordinates are more than explicit little endian has room for in one value.
  return encodeFile(elements, 'implicit')
}

function references({ seriesUid, images }: SourceStudy, studyUid: string, frameOfReference: string): Item {
  const item: Item = [['00200052', 'UI', frameOfReference]]
  if (seriesUid === '' || images.length === 0) return item
  const series: Item = [
    ['0020000E', 'UI', seriesUid],
    ['30060016', 'SQ', images.map(imageReference)],
  ]
  item.push(['30060012', 'SQ', [[
    ['00081150', 'UI', studyComponentClass],
    ['00081155', 'UI', studyUid],
    ['30060014', 'SQ', [series]],
  ]]]) // prettier-ignore
  return item
}

function contoursOf({ geometry, labels, source }: StructureSetToWrite, { number }: StructureToWrite): Item[] {
  const [columns, rows, slices] = geometry.shape
  const mask = new Uint8Array(columns * rows)
  const contours: Item[] = []
  for (let k = 0; k < slices; k++) {
    const from = k * mask.length
    let any = false
    for (let n = 0; n < mask.length; n++) {
      mask[n] = Number(labels[from + n] === number)
      any ||= mask[n] === 1
    }
    if (!any) continue
    const shown = source.images.filter(({ slice }) => slice === k)
    for (const outline of outlines(mask, columns, rows))
      contours.push(contourItem(outline, k, geometry, shown, contours.length + 1))
  }
  return contours
}

function contourItem(outline: Outline, k: number, { affine }: Geometry, shown: SourceImage[], number: number): Item {
  const rounded = (mm: number) => decimalString(Math.round(mm * 1e4) / 1e4)
  const points = outline.flatMap(([x, y]) => {
    const [r, a, s] = apply(affine, [x - 0.5, y - 0.5, k])
    return [rounded(0 - r), rounded(0 - a), rounded(s)]
  })
  const item: DicomElement[] = [
    ['30060042', 'CS', 'CLOSED_PLANAR'],
    ['30060046', 'IS', String(outline.length)],
    ['30060048', 'IS', String(number)],
    ['30060050', 'DS', points.join('\\')],
  ]
  if (shown.length > 0) item.push(['30060016', 'SQ', shown.map(imageReference)])
  return item
}
