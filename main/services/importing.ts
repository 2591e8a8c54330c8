/** Import: the importer process finds and reads; here its findings go into the database, one transaction each. */
import type { Handlers, ImportReport } from '../../shared/api/contract.ts'
import type { Series } from '../../shared/domain/records.ts'
import { completeLabels, newId, refuse, type Library } from '../library/index.ts'
import type { ImporterCommand, ImporterMessage, KnownSeries } from '../workers/importer/messages.ts'
import { stemOf } from '../workers/importer/names.ts'
import { startWorker, workerFile } from '../workers/process.ts'
import { openProject, requireIdle, type Context } from './context.ts'
import { JobCancelled, type JobHandle } from './jobs.ts'

/** The report of the contract, and what the command line says beside it. */
export type ImportOutcome = ImportReport & {
  /** With a label folder: cases of this import that got no label map and have none. */
  withoutLabel: string[]
  /** How many scans were new to the project. */
  added: number
}

/** modality: of NIfTI files, which don't say themselves. */
export type ImportOptions = { paths: string[]; labelFolder: string | null; modality?: string | null }

const reports = new Map<string, ImportOutcome>()
const graceSeconds = 20

export function importHandlers(context: Context): Pick<Handlers, 'import.start' | 'import.report'> {
  return {
    'import.start': ({ paths, labelFolder }) => ({ jobId: startImport(context, { paths, labelFolder }).id }),
    'import.report': ({ jobId }) => importReport(jobId),
  }
}

export function importReport(jobId: string): ImportOutcome {
  return reports.get(jobId) ?? refuse('There is no report of this import.')
}

export function startImport(context: Context, options: ImportOptions) {
  const library = openProject(context)
  requireIdle(context, 'importing')
  return context.jobs.start('import', 'Looking for files', async (job) => {
    const report: ImportOutcome = { series: [], labels: [], withoutLabel: [], added: 0 }
    reports.set(job.id, report)
    await runImporter(context, library, job, options, report)
    if (options.labelFolder !== null) report.withoutLabel = unlabelled(library, report)
    const message = summarise(report)
    if (job.cancelled) throw new JobCancelled(`Cancelled. Until then: ${message}`)
    return message
  })
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
  const worker = startWorker(context.options.spawn, workerFile('importer', import.meta.url), [], (raw) => {
    const message = raw as ImporterMessage
    if (message.type === 'progress') return job.progress(message.stage, message.done, message.total)
    if (message.type === 'failed') failure = message.reason
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
  const { paths, labelFolder, modality = null } = options
  const request = { folder: library.folder, paths, labelFolder, modality, known: knownSeries(library) }
  worker.send({ type: 'import', request } satisfies ImporterCommand)
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
    }
  })
}

/** Puts the importer's findings into the database and the report. */
function makeStore(library: Library, report: ImportOutcome): (message: ImporterMessage) => void {
  const refused = (name: string, modality: string, reason: string): Series => ({
    id: `refused-${report.series.length + 1}`,
    name,
    modality,
    shape: null,
    spacing: null,
    affine: null,
    dtype: null,
    channels: 0,
    status: 'refused',
    reason,
  })
  const caseName = (seriesId: string | null) =>
    seriesId === null ? null : (library.caseOfSeries(seriesId)?.name ?? null)

  return (message) => {
    if (message.type === 'series') {
      library.transaction(() => {
        const name = library.freeCaseName(message.series.name)
        const series = { ...message.series, name }
        library.insertSeries(series, message.sources, message.identity)
        library.insertCase(newId('case'), name, 'training', series.id)
        report.series.push(shown(series))
      })
      report.added++
    } else if (message.type === 'known') {
      const series = library.series(message.seriesId)
      if (!series) return
      library.transaction(() => library.setSeriesFiles(series.id, message.sources))
      report.series.push({
        ...shown(series),
        reason: `Already in the project as "${series.name}".${series.reason ? ` ${series.reason}` : ''}`,
      })
    } else if (message.type === 'refused') {
      report.series.push(refused(message.name, message.modality, message.reason))
    } else if (message.type === 'label') {
      const owner = library.caseOfSeries(message.seriesId)
      if (!owner) return
      library.transaction(() => {
        library.setLabels(
          completeLabels(
            library.labels(),
            message.written.volumes.map(({ value }) => value),
          ),
        )
        library.insertLabelVersion({
          ...message.written,
          caseId: owner.id,
          kind: 'label',
          author: 'imported',
          parentId: owner.labelVersionId,
          modelId: null,
          created: new Date().toISOString(),
        })
      })
      const notes = [...message.warnings]
      if (owner.labelVersionId) notes.unshift('A new version of this case’s label map.')
      if (message.written.volumes.length === 0) notes.unshift('It is empty: no voxel has a label.')
      report.labels.push({ name: message.name, case: owner.name, status: 'ready', reason: notes.join(' ') || null })
    } else if (message.type === 'label-unchanged') {
      report.labels.push({
        name: message.name,
        case: caseName(message.seriesId),
        status: 'ready',
        reason: 'Already in the project.',
      })
    } else if (message.type === 'label-refused') {
      report.labels.push({
        name: message.name,
        case: caseName(message.seriesId),
        status: 'refused',
        reason: message.reason,
      })
    }
  }
}

function shown({ id, name, modality, shape, spacing, affine, dtype, channels, status, reason }: Series): Series {
  return { id, name, modality, shape, spacing, affine, dtype, channels, status, reason }
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
  return parts.join(', ') + '.'
}

const count = (n: number, thing: string) => `${n} ${thing}${n === 1 ? '' : 's'}`
