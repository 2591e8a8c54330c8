/** NIfTI-1 and NIfTI-2 files in and out. */
export { readNifti, readNiftiHeader } from './nifti/read.ts'
export type { NiftiHead, NiftiInfo, NiftiOptions } from './nifti/read.ts'
export { writeNifti } from './nifti/write.ts'
export type { NiftiImage } from './nifti/write.ts'
