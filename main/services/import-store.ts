/** The importer's findings, put into the database (one transaction each) and into the report. */
import type { ImportReport } from '../../shared/api/contract.ts'
import type { Series } from '../../shared/domain/records.ts'
import { completeLabels, newId, type Library } from '../library/index.ts'
import type { ImporterMessage } from '../workers/importer/messages.ts'

/** The report of the contract, and what the command line says beside it. */
export type ImportOutcome = ImportReport & {
  /** With a label folder: cases of this import that got no label map and have none. */
  withoutLabel: string[]
  /** How many scans were new to the project. */
  added: number
}

/** Puts the importer's findings into the database and the report. */
export function makeStore(library: Library, report: ImportOutcome): (message: ImporterMessage) => void {
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
        library.insertSeries(series, message.sources, message.identity, message.dicom)
        library.insertCase(newId('case'), name, 'training', series.id)
        report.series.push(shown(series))
      })
      report.added++
    } else if (message.type === 'known') {
      const series = library.series(message.seriesId)
      if (!series) return
      const trashed = library.trashedCaseOfSeries(series.id)
      library.transaction(() => {
        library.setSeriesFiles(series.id, message.sources)
        if (trashed) library.setCaseRemoved(trashed, null)
      })
      report.series.push({
        ...shown(series),
        reason: [
          `Already in the project as "${series.name}".`,
          ...(trashed ? ['It was in the trash, and was brought back with its labels.'] : []),
          ...(series.reason ? [series.reason] : []),
        ].join(' '),
      })
    } else if (message.type === 'refused') {
      report.series.push(refused(message.name, message.modality, message.reason))
    } else if (message.type === 'label') {
      const owner = library.caseOfSeries(message.seriesId)
      if (!owner) return
      library.transaction(() => {
        const names = new Map(message.names?.map(({ value, name }) => [value, name]))
        const values = [...message.written.volumes.map(({ value }) => value), ...names.keys()]
        const labels = completeLabels(library.labels(), values)
        library.setLabels(labels.map((label) => ({ ...label, name: names.get(label.value) ?? label.name })))
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
