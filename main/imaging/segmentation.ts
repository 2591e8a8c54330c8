/** Labels in DICOM: segmentations read and written, RTSTRUCT contours read. */
export { isSegmentation, readSegmentation } from './dicom/seg/read.ts'
export type { Code, Segment, Segmentation, SegmentationType } from './dicom/seg/read.ts'
export { ownGrid, segmentationLabels, segmentMasks } from './dicom/seg/grid.ts'
export { writeSegmentation } from './dicom/seg/write.ts'
export type { SegmentationToWrite, SegmentToWrite, SourceImage } from './dicom/seg/write.ts'
export { isStructureSet, readStructureSet, structureLabels } from './dicom/rtstruct.ts'
export type { StructureSet } from './dicom/rtstruct.ts'
