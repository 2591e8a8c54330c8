/** What passes between the program and the importer process. The importer writes files; the program writes the database. */
import type { Geometry, Permutation } from '../../../shared/domain/geometry.ts'
import type { DicomIds, Identity, SourceFile, StoredSeries, WrittenLabels } from '../../library/index.ts'
import type { ChannelWish } from './channels.ts'
import type { FourthWish } from './fourth.ts'
import type { NamedValue } from './label-values.ts'

/** A scan that the project has already, as far as the importer must know it. */
export type KnownSeries = {
  id: string
  contentSha256: string
  /** The name of its case, and of its source file without folder and extension: label maps pair with either. */
  names: string[]
  grid: Geometry
  permutation: Permutation
  /** Hash of the newest label version, so that the same label map twice makes one version. */
  labelSha256: string | null
  /** Null where it is no DICOM. */
  dicom: DicomIds | null
}

export type ImportRequest = {
  /** Project folder (or any folder with the same layout). */
  folder: string
  paths: string[]
  labelFolder: string | null
  /** Of NIfTI files that don't say; null = find out. */
  modality: string | null
  /** Several scans as channels of one case; null or absent: each scan is a case. */
  channels?: ChannelWish | null
  /** What becomes of NIfTI files of several volumes; 'channels' where it is absent. */
  fourth?: FourthWish
  known: KnownSeries[]
  /** The project's label set: segments are given values by their names. */
  labels: NamedValue[]
}

/** Makes a cached volume again from its source. */
export type RestoreRequest = {
  folder: string
  seriesId: string
  reader: 'nifti' | 'dicom'
  contentSha256: string
  files: SourceFile[]
}

export type ImporterCommand =
  { type: 'import'; request: ImportRequest } | { type: 'restore'; request: RestoreRequest } | { type: 'cancel' }

/** A scan as it was read; its cache files are written already. */
export type FoundSeries = StoredSeries & {
  /** File name without folder and extension, null for DICOM. */
  stem: string | null
}

export type ImporterMessage =
  | { type: 'progress'; stage: string; done: number; total: number }
  | { type: 'series'; series: FoundSeries; sources: SourceFile[]; identity: Identity | null; dicom: DicomIds | null }
  /** The same content is in the project already; `sources` says where it lies now. */
  | { type: 'known'; seriesId: string; name: string; sources: SourceFile[] }
  | { type: 'refused'; name: string; modality: string; reason: string }
  /** names: of the labels, where the file says them. */
  | { type: 'label'; seriesId: string; name: string; written: WrittenLabels; warnings: string[]; names?: NamedValue[] }
  | { type: 'label-unchanged'; seriesId: string; name: string }
  | { type: 'label-refused'; name: string; seriesId: string | null; reason: string }
  | { type: 'restored' }
  | { type: 'failed'; reason: string; detail: string }
  /** Of a process that stays: it has started; it has done its work and waits for the next. */
  | { type: 'ready' }
  | { type: 'rest' }
  /** files: how many were looked at. */
  | { type: 'done'; cancelled: boolean; files: number }
