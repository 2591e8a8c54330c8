/** A label map as a DICOM object beside the series that it was drawn on: SEG (BINARY or LABELMAP) or RTSTRUCT. */
import type { Label } from '../../shared/domain/records.ts'
import type { Geometry } from '../../shared/domain/geometry.ts'
import { fromCanonical } from '../imaging/canonical.ts'
import { writeSegmentation, writeStructureSet } from '../imaging/segmentation.ts'
import type { Library, SourceFile, StoredSeries } from '../library/index.ts'
import { refuse } from '../library/index.ts'
import { appVersion } from './app.ts'
import { labelColour } from './cielab.ts'
import { newUid, sourceStudy, type PatientWish } from './source-study.ts'

export type DicomFormat = 'seg' | 'labelmap' | 'rtstruct'

/**
 * The bytes of the object, on the grid of the case's source. `samples`: one byte a voxel on the canonical grid; what is in
 * no label ("unknown") counts as background. Refuses where the source is no DICOM or cannot be read any more.
 */
export async function dicomLabelsFile(
  library: Library,
  { series, files }: { series: StoredSeries; files: readonly SourceFile[] },
  samples: Uint8Array,
  made: { byModel: boolean; format: DicomFormat; patient: PatientWish },
): Promise<Uint8Array> {
  const source = await sourceStudy(library, series, files, made.patient)
  const present = new Set(samples)
  const drawn = library.labels().filter(({ value }) => present.has(value))
  if (drawn.length === 0) refuse('Its label map is empty, and a DICOM object of labels cannot be.')
  // Segments count from 1 without gaps (PS3.3 C.8.20.2); names, not numbers, say which label each is.
  const labels = numbered(fromCanonical(samples, series.permutation, series.grid.shape), drawn)
  const geometry: Geometry = { shape: series.shape, spacing: series.spacing, affine: series.affine }
  const algorithm: 'AUTOMATIC' | 'SEMIAUTOMATIC' = made.byModel ? 'AUTOMATIC' : 'SEMIAUTOMATIC'
  const common = { geometry, labels, source, uid: newUid, version: appVersion() }
  const name = made.byModel ? 'Handful proposal' : 'Handful labels'
  if (made.format === 'rtstruct') {
    const structures = drawn.map((label, n) => ({ number: n + 1, name: label.name, color: rgb(label.color), algorithm })) // prettier-ignore
    return writeStructureSet({ ...common, structures, label: name })
  }
  const segments = drawn.map((label, n) => ({ number: n + 1, label: label.name, cielab: labelColour(label.color), algorithm })) // prettier-ignore
  return writeSegmentation({
    ...common,
    segments,
    type: made.format === 'seg' ? 'BINARY' : 'LABELMAP',
    description: name,
  })
}

/** Samples with the n-th label as n + 1 and all else as background. */
function numbered(samples: Uint8Array, labels: readonly Label[]): Uint8Array {
  const table = new Uint8Array(256)
  labels.forEach(({ value }, n) => (table[value] = n + 1))
  return samples.map((value) => table[value])
}

const rgb = (hex: string) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as [number, number, number]
