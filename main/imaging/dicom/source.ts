/** What a derived DICOM object (segmentation, contours) says of the study, series and images that it was drawn on. */
import type { DicomElement, Item } from './encode.ts'

/** An image of the source series: slice `slice` of the grid shows it, where it is on one; `frame` counts from 1. */
export type SourceImage = { sopClass: string; sopInstance: string; frame?: number; slice?: number }

export type SourceStudy = {
  studyUid: string
  seriesUid: string
  frameOfReference: string
  images: readonly SourceImage[]
  /** The modules Patient and General Study, and how the identity was dealt with: see `withoutIdentity`. */
  patient: readonly DicomElement[]
}

/** Attributes of Patient and General Study that must be there, empty where they are not told (PS3.3 C.7.1.1, C.7.2.1). */
export const studyAttributes: readonly [tag: string, vr: string][] = [
  ['00080020', 'DA'],
  ['00080030', 'TM'],
  ['00080050', 'SH'],
  ['00080090', 'PN'],
  ['00100010', 'PN'],
  ['00100020', 'LO'],
  ['00100030', 'DA'],
  ['00100040', 'CS'],
  ['00200010', 'SH'],
]

/**
 * The same, all empty, and a word that it is so (PS3.15 annex E, Basic Application Level Confidentiality Profile: what we
 * write is an allow-list, these are all that could name anyone). `keepsUids`: its option Retain UIDs.
 */
export function withoutIdentity(keepsUids: boolean): DicomElement[] {
  const codes: [value: string, meaning: string][] = [['113100', 'Basic Application Confidentiality Profile']]
  if (keepsUids) codes.push(['113110', 'Retain UIDs Option'])
  return [
    ...studyAttributes.map(([tag, vr]): DicomElement => [tag, vr, '']),
    ['00120062', 'CS', 'YES'],
    ['00120063', 'LO', keepsUids ? 'Handful: allow-list, UIDs kept' : 'Handful: allow-list, UIDs replaced'],
    ['00120064', 'SQ', codes.map(([value, meaning]): Item => [['00080100', 'SH', value], ['00080102', 'SH', 'DCM'], ['00080104', 'LO', meaning]])],
  ] // prettier-ignore
}

/** Items of SOP class and instance, and the frame where there are several. */
export function imageReference({ sopClass, sopInstance, frame }: SourceImage): Item {
  const item: Item = [
    ['00081150', 'UI', sopClass],
    ['00081155', 'UI', sopInstance],
  ]
  if (frame !== undefined) item.push(['00081160', 'IS', String(frame)])
  return item
}

/** A moment in local time as DICOM's DA and TM. */
export function dicomMoment(moment: Date): { date: string; time: string } {
  const two = (n: number) => String(n).padStart(2, '0')
  return {
    date: `${moment.getFullYear()}${two(moment.getMonth() + 1)}${two(moment.getDate())}`,
    time: moment.toTimeString().slice(0, 8).replaceAll(':', ''),
  }
}
