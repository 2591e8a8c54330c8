/** A label map as DICOM segmentation beside the series that it was drawn on. */
import { randomUUID } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import type { Label } from '../../shared/domain/records.ts'
import type { Geometry } from '../../shared/domain/geometry.ts'
import { apply, invert } from '../imaging/affine.ts'
import { fromCanonical } from '../imaging/canonical.ts'
import { parseDataset } from '../imaging/dicom/dataset.ts'
import { readHeader, type DicomHeader } from '../imaging/dicom.ts'
import { writeSegmentation, type SourceImage } from '../imaging/segmentation.ts'
import type { SourceFile, StoredSeries } from '../library/index.ts'
import { refuse } from '../library/index.ts'
import { labelColour } from './cielab.ts'

export type SegmentationFormat = 'BINARY' | 'LABELMAP'

/** What ties an object to its patient and study, so that viewers show it there: carried over as it is. */
const carried: readonly [tag: string, vr: string][] = [
  ['00080020', 'DA'],
  ['00080030', 'TM'],
  ['00080050', 'SH'],
  ['00080090', 'PN'],
  ['00100010', 'PN'],
  ['00100020', 'LO'],
  ['00100030', 'DA'],
  ['00100040', 'CS'],
  ['00200010', 'SH'],
  ['00081030', 'LO'],
]

/**
 * The bytes of a DICOM segmentation of a case's labels on the grid of its source. `samples`: one byte a voxel on the
 * canonical grid. Refuses where the source is no DICOM or cannot be read any more.
 */
export async function segmentationFile(
  series: StoredSeries,
  files: readonly SourceFile[],
  samples: Uint8Array,
  labels: readonly Label[],
  made: { byModel: boolean; format: SegmentationFormat },
): Promise<Uint8Array> {
  if (series.reader !== 'dicom')
    refuse('Its scan is NIfTI, so there is no series that a DICOM segmentation could belong to. Export NIfTI instead.')
  const own = fromCanonical(samples, series.permutation, series.grid.shape)
  const geometry: Geometry = { shape: series.shape, spacing: series.spacing, affine: series.affine }
  const headers: DicomHeader[] = []
  for (const { path } of files) headers.push(await headerOf(path))
  const [first] = headers
  const parsed = await parseDataset(readFileSync(files[0].path))
  if (!parsed.ok) refuse(parsed.reason)
  const present = new Set(own)
  return writeSegmentation({
    type: made.format,
    geometry,
    labels: own,
    segments: labels
      .filter(({ value }) => present.has(value))
      .map(({ value, name, color }) => ({
        number: value,
        label: name,
        cielab: labelColour(color),
        algorithm: made.byModel ? 'AUTOMATIC' : 'SEMIAUTOMATIC',
      })),
    uid: newUid,
    source: {
      studyUid: first.studyUid,
      seriesUid: first.seriesUid,
      frameOfReference: first.frameOfReference,
      images: headers.flatMap((header) => imagesOf(header, geometry)),
      patient: carried.map(([tag, vr]) => [tag, vr, parsed.dataset.display(`x${tag}`)]),
    },
    description: made.byModel ? 'Handful proposal' : 'Handful labels',
  })
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
const newUid = () => `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`
