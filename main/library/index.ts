/** The library: a project's folder and database, and the files in it. */
export { listBackups, restoreBackup } from './backup.ts'
export { describeVolume, readCacheHeader, writeCache, type CacheHeader } from './cache.ts'
export { VolumeDraft } from './volume-draft.ts'
export { writeFileSafely, writeJson } from './files.ts'
export { sqliteVersion } from './database.ts'
export { newId } from './ids.ts'
export { completeLabels } from './label-colours.ts'
export {
  hashLabels,
  measureLabels,
  readLabelFile,
  unpackLabels,
  writeLabelFile,
  type WrittenLabels,
} from './label-files.ts'
export * as layout from './layout.ts'
export { createLibrary, isProject, openLibrary, readLibrary, type Library } from './library.ts'
export { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.ts'
export { encodeColourPng } from './png.ts'
export { explainFileError, refuse, refuseFileError } from './refuse.ts'
export type { StoredTraining, TrainingStep } from './queries/runs.ts'
export type { StoredCase } from './queries/cases.ts'
export type { DicomIds, Identity, SourceFile, StoredSeries } from './queries/series.ts'
