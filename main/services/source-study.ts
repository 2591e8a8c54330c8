/** What an exported DICOM object says of the scan that it was drawn on, with or without what names the patient. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import type { Geometry } from '../../shared/domain/geometry.ts'
import { apply, invert } from '../imaging/affine.ts'
import { parseDataset } from '../imaging/dicom/dataset.ts'
import { readHeader, type DicomHeader } from '../imaging/dicom.ts'
import { studyAttributes, withoutIdentity, type SourceImage, type SourceStudy } from '../imaging/segmentation.ts'
import { refuse, type Library, type SourceFile, type StoredSeries } from '../library/index.ts'

/**
 * linked: nothing that names the patient, but the UIDs of study, series and images, so that a viewer shows it on its scan.
 * removed: the UIDs are replaced too, the same one always by the same one within a project (PS3.15 annex E).
 * kept: patient and study as in the scan, for an archive that files it by them.
 */
export type PatientWish = 'linked' | 'removed' | 'kept'

/** Also carried over where the patient is kept. */
const descriptions: readonly [tag: string, vr: string][] = [['00081030', 'LO']]

/** Refuses where the scan is no DICOM or its files cannot be read any more. */
export async function sourceStudy(
  library: Library,
  series: StoredSeries,
  files: readonly SourceFile[],
  patient: PatientWish,
): Promise<SourceStudy> {
  if (series.reader !== 'dicom')
    refuse('Its scan is NIfTI, so there is no series that a DICOM object could belong to. Export NIfTI instead.')
  const headers: DicomHeader[] = []
  for (const { path } of files) headers.push(await headerOf(path))
  const [first] = headers
  const uid = patient === 'removed' ? replacement(library) : (own: string) => own
  return {
    studyUid: uid(first.studyUid),
    seriesUid: uid(first.seriesUid),
    frameOfReference: uid(first.frameOfReference),
    // Further channels of a case are other series.
    images: headers
      .filter(({ seriesUid }) => seriesUid === first.seriesUid)
      .flatMap((header) => imagesOf(header, series))
      .map((image) => ({ ...image, sopInstance: uid(image.sopInstance) })),
    patient: patient === 'kept' ? await carriedOver(files[0].path) : withoutIdentity(patient === 'linked'),
  }
}

async function carriedOver(path: string): Promise<SourceStudy['patient']> {
  const parsed = await parseDataset(readFileSync(path))
  if (!parsed.ok) refuse(parsed.reason)
  return [...studyAttributes, ...descriptions].map(([tag, vr]) => [tag, vr, parsed.dataset.display(`x${tag}`)])
}

/** Another UID for each, by a key that only this project has: whoever lacks the key can't tell which it was. */
function replacement(library: Library): (uid: string) => string {
  let key = library.projectFact('uid-key')
  if (key === null) {
    key = randomBytes(32).toString('hex')
    library.setProjectFact('uid-key', key)
  }
  const hex = (uid: string) => createHmac('sha256', key).update(uid).digest('hex').slice(0, 32)
  return (uid) => (uid === '' ? '' : `2.25.${BigInt(`0x${hex(uid)}`)}`)
}

/** The images of one file, each with the slice of the grid that it shows, where it is one. */
function imagesOf({ sopClass, sopInstance, place, frames, unread }: DicomHeader, grid: Geometry): SourceImage[] {
  const image = { sopClass, sopInstance }
  if (unread !== undefined) return []
  const toVoxel = invert(grid.affine)
  const sliceAt = ([x, y, z]: [number, number, number]): number | undefined => {
    const at = apply(toVoxel, [-x, -y, z])
    return Math.abs(at[0]) < 0.1 && Math.abs(at[1]) < 0.1 && Math.abs(at[2] - Math.round(at[2])) < 0.2
      ? Math.round(at[2])
      : undefined
  }
  if (!frames) return [{ ...image, slice: place && sliceAt(place.position) }]
  if (frames.some(({ tile }) => tile)) return [image]
  return frames.flatMap((frame) => {
    const slice = sliceAt(frame.place.position)
    return slice === undefined ? [] : [{ ...image, frame: frame.frame + 1, slice }]
  })
}

async function headerOf(path: string): Promise<DicomHeader> {
  const handle = openSync(path, 'r')
  try {
    const { size } = fstatSync(handle)
    const start = new Uint8Array(Math.min(size, 1 << 16))
    readSync(handle, start, 0, start.length, 0)
    const quick = await readHeader(start, { fileSize: size })
    if (quick.ok && quick.header.unread === undefined) return quick.header
    const whole = await readHeader(readFileSync(path))
    return whole.ok ? whole.header : refuse(`${path}: ${whole.reason}`)
  } finally {
    closeSync(handle)
  }
}

/** A UID of a random UUID (PS3.5 B.2). */
export const newUid = () => `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`
