/** Scans whose files are no longer where they were imported from: noticed, and found again where they lie now. */
import { existsSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { MissingFiles, Relocation } from '../../shared/domain/records.ts'
import type { Library, SourceFile } from '../library/index.ts'

/** What is missing, by the topmost folder that is not there any more. */
export function missingFiles(library: Library): MissingFiles[] {
  const folders = new Map<string, { scans: Set<string>; files: number }>()
  const gone = new Map<string, string | null>()
  for (const { id } of library.allSeries())
    for (const { path } of library.seriesFiles(id)) {
      if (existsSync(path)) continue
      const folder = topmostMissing(dirname(path), gone) ?? dirname(path)
      const entry = folders.get(folder) ?? { scans: new Set(), files: 0 }
      folders.set(folder, entry)
      entry.scans.add(id)
      entry.files++
    }
  return [...folders].map(([folder, { scans, files }]) => ({ folder, scans: scans.size, files }))
}

/** The highest folder on the way to `folder` that is not there; null where all are. */
function topmostMissing(folder: string, known: Map<string, string | null>): string | null {
  const before = known.get(folder)
  if (before !== undefined) return before
  const parent = dirname(folder)
  const found = parent === folder || existsSync(folder) ? null : (topmostMissing(parent, known) ?? folder)
  known.set(folder, found)
  return found
}

/**
 * Tells the index that what lay below `from` lies below `to` now. A file is taken over where one of the same name and size
 * is there; what is not found stays as it was and is counted as missing. In one transaction.
 */
export function relocate(library: Library, from: string, to: string): Relocation {
  const [old, fresh] = [resolve(from), resolve(to)]
  const outcome: Relocation = { scans: 0, files: 0, missing: 0 }
  library.transaction(() => {
    for (const { id } of library.allSeries()) {
      let moved = 0
      const files = library.seriesFiles(id).map((file): SourceFile => {
        const path = resolve(file.path)
        if (path !== old && !path.startsWith(old.endsWith(sep) ? old : old + sep)) return file
        const place = path === old ? fresh : join(fresh, relative(old, path))
        const stats = existsSync(place) ? statSync(place) : undefined
        if (!stats?.isFile() || stats.size !== file.size) {
          outcome.missing++
          return file
        }
        moved++
        return { path: place, size: stats.size, modifiedMs: stats.mtimeMs }
      })
      if (moved === 0) continue
      library.setSeriesFiles(id, files)
      outcome.scans++
      outcome.files += moved
    }
  })
  return outcome
}
