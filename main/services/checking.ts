/** Is everything there and whole? The index, the scans' files, the cached volumes, the label maps. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { explainFileError, layout, readCacheHeader, readLabelFile, type Library, type SourceFile } from '../library/index.ts' // prettier-ignore
import { hashBytes, readWhole } from '../workers/importer/bytes.ts'
import { readDicomScan } from '../workers/importer/dicom.ts'
import { scanWithHash } from '../workers/importer/fourth.ts'
import { readNiftiScan } from '../workers/importer/read.ts'
import type { Context } from './context.ts'
import { requireVolume } from './volumes.ts'

export type Finding = {
  area: 'index' | 'scan' | 'cache' | 'label' | 'folder'
  /** The case or file that it is about. */
  name: string
  state: 'repaired' | 'problem'
  /** A plain sentence. */
  message: string
}

export type CheckReport = {
  findings: Finding[]
  checked: { scans: number; files: number; volumes: number; labels: number }
}

export type CheckOptions = {
  /** Read all scans' files again and compare their contents; else only that they are there with their size. */
  contents: boolean
  /** Make missing cache volumes again and remove left-overs. */
  repair: boolean
  /** Asked before each scan; false ends the check. */
  goOn: (done: number, total: number) => boolean
}

/** Checks a project; what can be made again is made again. Scans and label maps are never changed. */
export async function checkLibrary(context: Context, library: Library, options: CheckOptions): Promise<CheckReport> {
  const report: CheckReport = { findings: [], checked: { scans: 0, files: 0, volumes: 0, labels: 0 } }
  const note = (area: Finding['area'], name: string, state: Finding['state'], message: string) =>
    report.findings.push({ area, name, state, message })
  for (const problem of library.integrityProblems())
    note(
      'index',
      'handful.db',
      'problem',
      `The index is damaged: ${problem}. Put back a copy from the folder “backups”.`,
    )

  const series = library.allSeries()
  for (const [n, scan] of series.entries()) {
    if (!options.goOn(n, series.length)) break
    const files = library.seriesFiles(scan.id)
    report.checked.scans++
    report.checked.files += files.length
    const problem = sourceProblem(files) ?? (options.contents ? await contentProblem(scan, files) : undefined)
    if (problem) note('scan', scan.name, 'problem', problem)
    report.checked.volumes++
    if (readCacheHeader(library.folder, scan.id)) continue
    if (problem || !options.repair) {
      note('cache', scan.name, 'problem', 'Its prepared volume is missing or damaged and was not made again.')
      continue
    }
    try {
      await requireVolume(context, library, scan.id)
      note('cache', scan.name, 'repaired', 'Its prepared volume was missing or damaged; it was made again.')
    } catch (error) {
      note('cache', scan.name, 'problem', explainFileError(error))
    }
  }
  checkLabels(library, report, options.repair, note)
  leftOvers(library, options.repair, note)
  return report
}

/** In a sentence or a few: how much was looked at, what was repaired, and the first problems. */
export function summariseCheck({ findings, checked }: CheckReport): string {
  const problems = findings.filter(({ state }) => state === 'problem')
  const repaired = findings.filter(({ state }) => state === 'repaired')
  const seen = `${checked.scans} scans (${checked.files} files) and ${checked.labels} label versions checked.`
  const verdict = problems.length === 0 ? 'All is well: ' : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}: ` // prettier-ignore
  const told = [...problems, ...repaired].slice(0, 5).map(({ name, message }) => `${name}: ${message}`)
  return [verdict + seen, ...told].join(' ')
}

type Note = (area: Finding['area'], name: string, state: Finding['state'], message: string) => void

function sourceProblem(files: readonly SourceFile[]): string | undefined {
  const missing = files.filter(({ path }) => !existsSync(path))
  if (missing.length > 0)
    return (
      `${missing.length} of its ${files.length} files are no longer where they were (${missing[0].path}). ` +
      'If they were moved, tell the new place: library check --relocate OLD NEW.'
    )
  const changed = files.find(({ path, size }) => statSync(path).size !== size)
  return (
    changed && `${changed.path} has another size than when it was imported. Put the old file back, or import it anew.`
  )
}

async function contentProblem(
  scan: { reader: 'nifti' | 'dicom'; contentSha256: string },
  files: readonly SourceFile[],
): Promise<string | undefined> {
  try {
    const parts = files.map(({ path }) => readWhole(path))
    if (hashBytes(...parts) === scan.contentSha256) return undefined
    const hashes = parts.map((bytes) => Buffer.from(hashBytes(bytes), 'hex'))
    if (hashBytes(...hashes) === scan.contentSha256) return undefined
    if (scan.reader === 'nifti' && files.length === 1) {
      const read = await readNiftiScan(files[0].path)
      if (read.ok && scanWithHash(read, scan.contentSha256)) return undefined
    }
    if (scan.reader === 'dicom') {
      const read = await readDicomScan(
        files.map(({ path }) => path),
        scan.contentSha256,
      )
      if (read.ok && read.contentSha256 === scan.contentSha256) return undefined
    }
    return 'Its files have changed since they were imported. Put the old ones back, or import the new ones as a scan of their own.'
  } catch (error) {
    return `Its files could not be read: ${explainFileError(error)}`
  }
}

function checkLabels(library: Library, report: CheckReport, repair: boolean, note: Note): void {
  const known = new Set<string>()
  const cases = new Map(library.cases().map((entry) => [entry.id, entry]))
  for (const version of library.everyLabelVersion()) {
    known.add(`${version.id}.u8.gz`)
    report.checked.labels++
    // In the trash its case is in no list; its label maps have to be whole all the same.
    const entry = cases.get(version.caseId)
    const name = entry?.name ?? 'a scan in the trash'
    try {
      const { length } = readLabelFile(library.folder, version)
      if (entry && length !== entry.shape[0] * entry.shape[1] * entry.shape[2])
        note('label', name, 'problem', `Label version ${version.id} has another size than its scan.`)
    } catch (error) {
      note('label', name, 'problem', `Label version ${version.id}: ${explainFileError(error)}`)
    }
  }
  const trash = layout.trashFolder(library.folder)
  for (const name of list(layout.labelFolder(library.folder))) {
    if (!name.endsWith('.u8.gz') || known.has(name.replace('.entropy.', '.'))) continue
    // Written, and the program ended before the index knew of it: whose it was is not known, but nothing is thrown away.
    if (repair) {
      mkdirSync(trash, { recursive: true })
      renameSync(join(layout.labelFolder(library.folder), name), join(trash, name))
    }
    const place = repair ? '; it was moved to “trash”' : ' of the project'
    note(
      'label',
      name,
      repair ? 'repaired' : 'problem',
      `A label map without an entry in the index lay in “labels”${place}.`,
    )
  }
}

/** Cached volumes of no series, and archives that were being unpacked when the program ended. */
function leftOvers(library: Library, repair: boolean, note: Note): void {
  const ids = new Set(library.allSeries().map(({ id }) => id))
  const stale = list(layout.cacheFolder(library.folder)).filter(
    (name) => !ids.has(name.replace(/\.(bin|json|png)$/, '')),
  )
  const partial = list(layout.unpackedFolder(library.folder)).filter((name) => name.endsWith('.part'))
  if (repair) {
    for (const name of stale) rmSync(join(layout.cacheFolder(library.folder), name), { force: true })
    for (const name of partial)
      rmSync(join(layout.unpackedFolder(library.folder), name), { recursive: true, force: true })
  }
  const count = stale.length + partial.length
  if (count > 0)
    note(
      'folder',
      'cache',
      repair ? 'repaired' : 'problem',
      `${count} left-over files of interrupted imports${repair ? ' were removed' : ''}.`,
    )
}

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])
