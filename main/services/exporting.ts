/** Export of label maps as NIfTI or DICOM SEG, each on its source's own grid. */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Handlers, RequestInput } from '../../shared/api/contract.ts'
import type { LabelVersion } from '../../shared/domain/records.ts'
import {
  explainFileError,
  readLabelFile,
  refuse,
  refuseFileError,
  writeFileSafely,
  writeJson,
  type Library,
  type StoredCase,
} from '../library/index.ts'
import { openProject, type Context } from './context.ts'
import { JobCancelled } from './jobs.ts'
import { segmentationFile } from './segmentation-file.ts'
import { labelsOnSourceGrid } from './source-grid.ts'
import { findCase } from './volumes.ts'

export type ExportWish = RequestInput<'export.start'>
/** nifti: `<case>.nii.gz`; seg: `<case>.dcm`, one bit per voxel and segment; labelmap: `<case>.dcm`, a LABELMAP. */
export type ExportFormat = 'nifti' | 'seg' | 'labelmap'
export type ExportOutcome = { written: string[]; skipped: { case: string; reason: string }[] }

export function exportHandlers(context: Context): Pick<Handlers, 'export.start'> {
  return {
    'export.start': (wish) => {
      const library = openProject(context)
      const job = context.jobs.start('export', 'Exporting', async (job) => {
        const outcome = await exportLabels(library, wish, (done, total) => {
          job.progress('Exporting', done, total)
          return !job.cancelled
        })
        const message = summariseExport(outcome, wish.folder)
        if (job.cancelled) throw new JobCancelled(`Cancelled. Until then: ${message}`)
        return message
      })
      return { jobId: job.id }
    },
  }
}

/**
 * Writes `<case>.nii.gz` for each case and `labels.json` (value, name, colour) into a folder, made where it is missing.
 * "best": the person's label, else the newest proposal. A case without such a label map is skipped with the reason.
 * `goOn` is asked before each case.
 */
export async function exportLabels(
  library: Library,
  wish: ExportWish,
  goOn: (done: number, total: number) => boolean,
  format: ExportFormat = 'nifti',
): Promise<ExportOutcome> {
  const folder = resolve(wish.folder)
  const cases = wish.caseIds.map((id) => findCase(library, id))
  const outcome: ExportOutcome = { written: [], skipped: [] }
  try {
    mkdirSync(folder, { recursive: true })
    for (const [n, entry] of cases.entries()) {
      if (!goOn(n, cases.length)) break
      const version = choose(library, entry, wish.what)
      if (version && format !== 'nifti') await writeSegmentationCase(library, entry, version, folder, format, outcome)
      else if (version) outcome.written.push(writeCase(library, entry, version, folder))
      else outcome.skipped.push({ case: entry.name, reason: missing[wish.what] })
      // Lets messages (such as cancel) in.
      await new Promise((resume) => setImmediate(resume))
    }
    if (outcome.written.length > 0) writeJson(join(folder, 'labels.json'), library.labels())
  } catch (error) {
    refuseFileError(error, `The folder ${folder} could not be written`)
  }
  return outcome
}

/** Writes label versions as `<case>.nii.gz`; returns the files in order. */
export async function exportVersions(
  library: Library,
  versions: readonly LabelVersion[],
  into: string,
): Promise<string[]> {
  const folder = resolve(into)
  try {
    mkdirSync(folder, { recursive: true })
    const files = versions.map((version) => writeCase(library, findCase(library, version.caseId), version, folder))
    writeJson(join(folder, 'labels.json'), library.labels())
    return files
  } catch (error) {
    return refuseFileError(error, `The folder ${folder} could not be written`)
  }
}

const missing = {
  label: 'It has no label map.',
  proposal: 'It has no proposal.',
  best: 'It has neither a label map nor a proposal.',
}

function choose(library: Library, entry: StoredCase, what: ExportWish['what']): LabelVersion | null {
  const id = {
    label: entry.labelVersionId,
    proposal: entry.proposalVersionId,
    best: entry.labelVersionId ?? entry.proposalVersionId,
  }[what]
  return id === null ? null : library.labelVersion(id)
}

function writeCase(library: Library, entry: StoredCase, version: LabelVersion, folder: string): string {
  const series = library.series(entry.seriesId) ?? refuse(`The scan of ${entry.name} is not in the project any more.`)
  const file = join(folder, `${entry.name}.nii.gz`)
  if (library.seriesFiles(series.id).some(({ path }) => resolve(path) === file)) {
    refuse(`${file} is the scan itself. Choose another folder, so that it isn’t overwritten.`)
  }
  writeFileSafely(file, [labelsOnSourceGrid(readLabelFile(library.folder, version), series, true)])
  return file
}

async function writeSegmentationCase(
  library: Library,
  entry: StoredCase,
  version: LabelVersion,
  folder: string,
  format: ExportFormat,
  outcome: ExportOutcome,
): Promise<void> {
  const series = library.series(entry.seriesId) ?? refuse(`The scan of ${entry.name} is not in the project any more.`)
  const files = library.seriesFiles(series.id)
  const made = { byModel: version.kind === 'proposal', format: format === 'seg' ? 'BINARY' : 'LABELMAP' } as const
  if (version.volumes.length === 0) {
    outcome.skipped.push({ case: entry.name, reason: 'Its label map is empty, and a DICOM segmentation cannot be.' })
    return
  }
  let bytes: Uint8Array
  try {
    bytes = await segmentationFile(series, files, readLabelFile(library.folder, version), library.labels(), made)
  } catch (error) {
    outcome.skipped.push({ case: entry.name, reason: explainFileError(error) })
    return
  }
  const file = join(folder, `${entry.name}.dcm`)
  if (files.some(({ path }) => resolve(path) === file)) {
    refuse(`${file} is the scan itself. Choose another folder, so that it isn’t overwritten.`)
  }
  writeFileSafely(file, [bytes])
  outcome.written.push(file)
}

export function summariseExport({ written, skipped }: ExportOutcome, folder: string): string {
  const files = `${written.length} label map${written.length === 1 ? '' : 's'} written to ${folder}.`
  return skipped.length === 0
    ? files
    : `${files} ${skipped.length} skipped: ${skipped
        .slice(0, 5)
        .map((entry) => entry.case)
        .join(', ')}${skipped.length > 5 ? ', …' : ''}.`
}
