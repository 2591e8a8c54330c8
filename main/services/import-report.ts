/** The report of an import as a file: a table (CSV), JSON, or plain text. */
import { existsSync, mkdirSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import type { ImportReport } from '../../shared/api/contract.ts'
import { refuseFileError, writeFileSafely } from '../library/index.ts'

export type ReportFormat = 'csv' | 'json' | 'text'

const extensions: Record<ReportFormat, string> = { csv: '.csv', json: '.json', text: '.txt' }

/** Which format a file's name asks for; undefined for any other ending. */
export const reportFormat = (file: string): ReportFormat | undefined =>
  (Object.keys(extensions) as ReportFormat[]).find((format) => extensions[format] === extname(file).toLowerCase())

/** Writes `import-<time>.csv` (or .json, .txt) into a folder, which is made where it is missing; returns the file. */
export function saveReport(report: ImportReport, folder: string, format: ReportFormat): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[:T]/g, '-')
  const wanted = join(resolve(folder), `import-${time}`)
  let file = wanted + extensions[format]
  for (let n = 2; existsSync(file); n++) file = `${wanted}-${n}${extensions[format]}`
  writeReport(report, file, format)
  return file
}

export function writeReport(report: ImportReport, file: string, format: ReportFormat): void {
  try {
    mkdirSync(join(resolve(file), '..'), { recursive: true })
    writeFileSafely(resolve(file), [reportText(report, format)])
  } catch (error) {
    refuseFileError(error, `The report ${file} could not be written`)
  }
}

const head = ['kind', 'name', 'outcome', 'case', 'modality', 'voxels', 'spacing (mm)', 'channels', 'remark']

/** All that was read, read with a warning, and refused, each with the reason. */
export function reportText(report: ImportReport, format: ReportFormat): string {
  const { files, seconds, series, labels } = report
  if (format === 'json') return JSON.stringify({ files, seconds, series, labels }, null, 2) + '\n'
  const rows = rowsOf(report)
  if (format === 'csv') return [head, ...rows].map((row) => row.map(quoted).join(',')).join('\r\n') + '\r\n'
  const speed = seconds > 0 ? ` in ${seconds.toFixed(1)} s (${(files / seconds).toFixed(0)} files a second)` : ''
  const parts = (['refused', 'warned', 'read'] as const).flatMap((outcome) => {
    const own = rows.filter((row) => row[2] === outcome)
    if (own.length === 0) return []
    const lines = own.map(([kind, name, , , modality, voxels, spacing, , remark]) => {
      const facts = [modality, voxels, spacing && `${spacing} mm`].filter(Boolean).join(', ')
      return `  ${kind === 'label' ? 'label map ' : ''}${name}${facts ? ` (${facts})` : ''}${remark ? `: ${remark}` : ''}`
    })
    return [`${outcome[0].toUpperCase()}${outcome.slice(1)}: ${own.length}`, ...lines, '']
  })
  return [`${files} files looked at${speed}.`, '', ...parts].join('\n')
}

function rowsOf({ series, labels }: ImportReport): string[][] {
  const times = (values: readonly number[] | null, digits: number) =>
    values?.map((value) => Number(value.toFixed(digits))).join(' × ') ?? ''
  const outcome = { ready: 'read', warned: 'warned', refused: 'refused' } as const
  return [
    ...series.map(({ name, status, modality, shape, spacing, channels, reason }) => [
      'scan',
      name,
      outcome[status],
      status === 'refused' ? '' : name,
      modality,
      times(shape, 0),
      times(spacing, 3),
      channels > 0 ? String(channels) : '',
      reason ?? '',
    ]),
    ...labels.map((label) => ['label', label.name, outcome[label.status], label.case ?? '', '', '', '', '', label.reason ?? '']), // prettier-ignore
  ]
}

/** RFC 4180; a cell that a spreadsheet would take for a formula gets an apostrophe. */
function quoted(cell: string): string {
  const safe = /^[=+\-@\t]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
