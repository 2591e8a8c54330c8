/**
 * DICOM series in, in two steps so that memory stays bounded:
 * `readHeader` of every file → `groupSeries` of all headers → `assemble` of each readable series.
 */
export { looksLikeDicom } from './dicom/framing.ts'
export { readHeader } from './dicom/header.ts'
export type { DicomHeader } from './dicom/header.ts'
export { groupSeries } from './dicom/series.ts'
export type { ReadableSeries, RefusedSeries, SeriesPlan } from './dicom/series.ts'
export { alone, assemble, type Hands } from './dicom/assemble.ts'
export { fillSlices, type FillTask, type StoredFile } from './dicom/fill.ts'
export { mendSlices, type Mend } from './dicom/mend.ts'
export { slabOf, slicesTogether, type Placement } from './dicom/placement.ts'
export { directoryFiles, isDirectory } from './dicom/directory.ts'
export type { Identity } from './identity.ts'
