/** Export of label maps as NIfTI, DICOM SEG or RTSTRUCT, each on its source's own grid. */
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
import { dicomLabelsFile, type DicomFormat } from './dicom-labels-file.ts'
import { labelsOnSourceGrid } from './source-grid.ts'
import type { PatientWish } from './source-study.ts'
import { findCase } from './volumes.ts'

export type ExportWish = RequestInput<'export.start'>
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
 * Writes a file for each case (`<case>.nii.gz`; SEG of either kind: `<case>.dcm`; `<case>.rtstruct.dcm`) and `labels.json`
 * (value, name, colour) into a folder, made where it is missing. "best": the person's label, else the newest proposal. A
 * case without such a label map, or whose scan the format can't be made for, is skipped with the reason.
 * `goOn` is asked before each case.
 */
export async function exportLabels(
  library: Library,
  wish: ExportWish,
  goOn: (done: number, total: number) => boolean,
): Promise<ExportOutcome> {
  const folder = resolve(wish.folder)
  const cases = wish.caseIds.map((id) => findCase(library, id))
  const outcome: ExportOutcome = { written: [], skipped: [] }
  try {
    mkdirSync(folder, { recursive: true })
    for (const [n, entry] of cases.entries()) {
      if (!goOn(n, cases.length)) break
      const version = choose(library, entry, wish.what)
      const { format = 'nifti', patient = 'linked' } = wish
      if (version && format !== 'nifti')
        await writeDicomCase(library, entry, version, folder, { format, patient }, outcome)
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

async function writeDicomCase(
  library: Library,
  entry: StoredCase,
  version: LabelVersion,
  folder: string,
  wish: { format: DicomFormat; patient: PatientWish },
  outcome: ExportOutcome,
): Promise<void> {
  const series = library.series(entry.seriesId) ?? refuse(`The scan of ${entry.name} is not in the project any more.`)
  const files = library.seriesFiles(series.id)
  let bytes: Uint8Array
  try {
    const samples = readLabelFile(library.folder, version)
    const made = { ...wish, byModel: version.kind === 'proposal' }
    bytes = await dicomLabelsFile(library, { series, files }, samples, made)
  } catch (error) {
    outcome.skipped.push({ case: entry.name, reason: explainFileError(error) })
    return
  }
  const file = join(folder, `${entry.name}${wish.format === 'rtstruct' ? '.rtstruct' : ''}.dcm`)
  if (files.some(({ path }) => resolve(path) === file)) {
    refuse(`${file} is the scan itself. Choose another folder, so that it isn’t overwritten.`)
  }
  writeFileSafely(file, [bytes])
  outcome.written.push(file)
}

/** "2 label maps written to F. 1 left out: Its scan is NIfTI…" Cases by name where reasons differ. */
export function summariseExport({ written, skipped }: ExportOutcome, folder: string): string {
  const files = `${written.length} label map${written.length === 1 ? '' : 's'} written to ${folder}.`
  if (skipped.length === 0) return files
  const reasons = [...Map.groupBy(skipped, ({ reason }) => reason)]
  const told = reasons.slice(0, 4).map(([reason, cases]) => {
    const names = cases.slice(0, 3).map((entry) => entry.case)
    return `${names.join(', ')}${cases.length > names.length ? ` and ${cases.length - names.length} more` : ''}: ${reason}`
  })
  return `${files} ${skipped.length} left out. ${told.join(' ')}`
}
