/** Import: the importer process finds and reads; here its findings go into the database, one transaction each. */
import type { Handlers } from '../../shared/api/contract.ts'
import { newId, readLabelFile, refuse, writeLabelFile, type Library } from '../library/index.ts'
import type { ImporterCommand, ImportRequest, KnownSeries } from '../workers/importer/messages.ts'
import { stemOf } from '../workers/importer/names.ts'
import { openProject, requireIdle, type Context } from './context.ts'
import { count } from './count.ts'
import { makeStore, type ImportOutcome } from './import-store.ts'
import { findCase } from './volumes.ts'
import { saveReport } from './import-report.ts'
import { JobCancelled, type JobHandle } from './jobs.ts'

/** modality: of NIfTI files, which don't say themselves. */
export type ImportOptions = {
  paths: string[]
  labelFolder: string | null
  modality?: string | null
  /** Several scans as channels of one case. */
  channels?: ImportRequest['channels']
  fourth?: ImportRequest['fourth']
}

const reports = new Map<string, ImportOutcome>()
const graceSeconds = 20

type ImportHandlers = Pick<
  Handlers,
  'import.prepare' | 'import.start' | 'import.report' | 'import.saveReport' | 'cases.splitChannels'
>

export function importHandlers(context: Context): ImportHandlers {
  return {
    'import.prepare': () => context.importers.prepare().then(() => undefined),
    'import.start': (wish) => ({ jobId: startImport(context, wish).id }),
    'import.report': ({ jobId }) => importReport(jobId),
    'import.saveReport': ({ jobId, folder, format }) => ({ file: saveReport(importReport(jobId), folder, format) }),
    'cases.splitChannels': ({ caseId }) => ({ jobId: splitChannels(context, caseId).id }),
  }
}

export function importReport(jobId: string): ImportOutcome {
  return reports.get(jobId) ?? refuse('There is no report of this import.')
}

export function startImport(context: Context, options: ImportOptions) {
  const library = openProject(context)
  requireIdle(context, 'importing')
  return context.jobs.start('import', 'Looking for files', async (job) => {
    const report: ImportOutcome = { files: 0, seconds: 0, series: [], labels: [], withoutLabel: [], added: 0 }
    reports.set(job.id, report)
    const began = performance.now()
    await runImporter(context, library, job, options, report)
    report.seconds = Number(((performance.now() - began) / 1000).toFixed(2))
    if (options.labelFolder !== null) report.withoutLabel = unlabelled(library, report)
    const message = summarise(report)
    if (job.cancelled) throw new JobCancelled(`Cancelled. Until then: ${message}`)
    return message
  })
}

/**
 * Undoes channels: the files of a case of several scans are imported as a scan each, the case goes to the trash, and its
 * newest label to the first of them, whose grid it was drawn on. Refuses a case whose channels are one file's.
 */
export function splitChannels(context: Context, caseId: string) {
  const library = openProject(context)
  requireIdle(context, 'separating channels')
  const found = findCase(library, caseId)
  const files = library.seriesFiles(found.seriesId)
  const ids = library.dicomIds(found.seriesId)
  if (found.channelNames === null)
    refuse('This case is not made of several scans: its channels come from one file or series.')
  return context.jobs.start('import', 'Looking for files', async (job) => {
    const report: ImportOutcome = { files: 0, seconds: 0, series: [], labels: [], withoutLabel: [], added: 0 }
    reports.set(job.id, report)
    await runImporter(context, library, job, { paths: files.map(({ path }) => path), labelFolder: null }, report)
    if (job.cancelled) throw new JobCancelled('Cancelled; the case is as it was.')
    const read = report.series.filter(({ status }) => status !== 'refused').map(({ id }) => library.caseOfSeries(id))
    if (read.length < 2) refuse(`The channels could not be read as scans of their own. ${summarise(report)}`)
    const first = read.find((entry) => entry && isFirst(library, entry.seriesId, files[0].path, ids?.seriesUid))
    library.transaction(() => {
      if (first && found.labelVersionId) copyLabel(library, found.labelVersionId, first.id, first.seriesId)
      library.setCaseRemoved(found.id, new Date().toISOString())
    })
    context.casesChanged()
    return `${read.length} scans instead of the ${found.channels} channels of ${found.name}, which is in the trash.`
  })
}

const isFirst = (library: Library, seriesId: string, path: string, uid: string | undefined) =>
  uid === undefined
    ? library.seriesFiles(seriesId).some((file) => file.path === path)
    : library.dicomIds(seriesId)?.seriesUid === uid

function copyLabel(library: Library, versionId: string, caseId: string, seriesId: string): void {
  const version = library.labelVersion(versionId)
  const grid = library.series(seriesId)?.grid
  if (!version || !grid || library.newestLabelVersion(caseId, 'label')) return
  const samples = readLabelFile(library.folder, version)
  if (samples.length !== grid.shape[0] * grid.shape[1] * grid.shape[2]) return
  const written = writeLabelFile(library.folder, newId('label'), samples, grid)
  library.insertLabelVersion({ ...version, ...written, caseId, parentId: null })
}

async function runImporter(
  context: Context,
  library: Library,
  job: JobHandle,
  options: ImportOptions,
  report: ImportOutcome,
): Promise<void> {
  let failure: string | null = null
  let fault: unknown = null
  const store = makeStore(library, report)
  const { paths, labelFolder, modality = null, channels = null, fourth } = options
  const request = {
    folder: library.folder,
    paths,
    labelFolder,
    modality,
    channels,
    fourth,
    known: knownSeries(library),
    labels: library.labels(),
  }
  const worker = context.importers.start({ type: 'import', request }, (message) => {
    if (message.type === 'progress') return job.progress(message.stage, message.done, message.total)
    if (message.type === 'failed') failure = message.reason
    if (message.type === 'done') report.files = message.files
    if (fault) return
    try {
      store(message)
    } catch (error) {
      // Such as a full disk: nothing more can be stored, but the program goes on.
      fault = error
      worker.kill()
    }
    if (message.type === 'series' || message.type === 'label') context.casesChanged()
  })
  job.onCancel(() => void worker.stop({ type: 'cancel' } satisfies ImporterCommand, graceSeconds))
  const end = await worker.ended
  context.casesChanged()
  if (fault) throw fault
  if (failure !== null) refuse(failure)
  if (!end.ok && !job.cancelled) refuse(`${end.reason} What was read until then is kept (${summarise(report)})`)
}

function knownSeries(library: Library): KnownSeries[] {
  const cases = new Map(library.cases().map((entry) => [entry.seriesId, entry]))
  return library.allSeries().map((series) => {
    const owner = cases.get(series.id)
    const version = owner?.labelVersionId ? library.labelVersion(owner.labelVersionId) : null
    const stems =
      series.reader === 'nifti'
        ? library
            .seriesFiles(series.id)
            .slice(0, 1)
            .map(({ path }) => stemOf(path))
        : []
    return {
      id: series.id,
      contentSha256: series.contentSha256,
      names: [...new Set([...stems, owner?.name ?? series.name])],
      grid: series.grid,
      permutation: series.permutation,
      labelSha256: version?.sha256 ?? null,
      dicom: library.dicomIds(series.id),
    }
  })
}

function unlabelled(library: Library, report: ImportOutcome): string[] {
  const imported = new Set(report.series.map((series) => series.id))
  return library
    .cases()
    .filter((entry) => imported.has(entry.seriesId) && entry.labelVersionId === null)
    .map((entry) => entry.name)
}

function summarise(report: ImportOutcome): string {
  const refused = report.series.filter((series) => series.status === 'refused').length
  const again = report.series.length - refused - report.added
  const warned = report.series.filter((series) => series.status === 'warned').length
  const labels = report.labels.filter((label) => label.status === 'ready').length
  const parts = [`${count(report.added, 'scan')} imported`]
  if (again > 0) parts.push(`${again} already there`)
  if (warned > 0) parts.push(`${warned} with a warning`)
  if (refused > 0) parts.push(`${count(refused, 'file')} refused`)
  if (report.labels.length > 0) parts.push(`${count(labels, 'label map')} read`)
  if (labels < report.labels.length) parts.push(`${count(report.labels.length - labels, 'label map')} refused`)
  const without = report.withoutLabel
  if (without.length > 0) {
    parts.push(
      `${count(without.length, 'scan')} without a label map${without.length <= 5 ? ` (${without.join(', ')})` : ''}`,
    )
  }
  const speed = report.seconds > 0 ? `${count(report.files, 'file')} in ${report.seconds.toFixed(1)} s` : ''
  return [...parts, ...(speed ? [speed] : [])].join(', ') + '.'
}
