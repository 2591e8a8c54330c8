/** Finding the files below what the user chose. */
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, join, resolve, sep } from 'node:path'
import { byName } from '../../../shared/domain/names.ts'
import { explainFileError } from '../../library/index.ts'

/** relative: folders below the chosen one, '/' between them, '' for a file that was chosen itself. */
export type FoundFile = { path: string; relative: string; size: number; modifiedMs: number }
export type Unreadable = { path: string; reason: string }
export type Walked = { files: FoundFile[]; unreadable: Unreadable[] }

/**
 * All files below `paths`, each once, sorted by path. Links are followed, but no folder is entered twice, so circles end.
 * `except`: a folder that is left out (the label maps may lie inside the scans' folder). Files that the system keeps for
 * itself (.DS_Store, Thumbs.db, __MACOSX) are passed over without a word.
 */
export function walk(paths: readonly string[], except: string | null = null): Walked {
  const files = new Map<string, FoundFile>()
  const unreadable: Unreadable[] = []
  const entered = new Set<string>(except ? [realOrSame(except)] : [])

  // `known`: the real path, where it follows from that of the folder.
  function visit(path: string, relative: string, known?: string): void {
    try {
      const stats = statSync(path)
      if (stats.isDirectory()) return visitFolder(path, relative)
      if (!stats.isFile()) return void unreadable.push({ path, reason: 'This is neither a file nor a folder.' })
      const real = known ?? realpathSync(path)
      if (!files.has(real)) files.set(real, { path, relative, size: stats.size, modifiedMs: stats.mtimeMs })
    } catch (error) {
      const broken = isLink(path) ? 'It is a link whose target is missing or cannot be read.' : null
      unreadable.push({ path, reason: broken ?? `It could not be read: ${explainFileError(error)}` })
    }
  }

  function visitFolder(path: string, relative: string): void {
    const real = realpathSync(path)
    if (entered.has(real)) return
    entered.add(real)
    const within = relative === '' ? basename(path) : `${relative}/${basename(path)}`
    const entries = readdirSync(path, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => byName(a.name, b.name))) {
      const { name } = entry
      if (!isSystemFile(name)) visit(join(path, name), within, entry.isFile() ? join(real, name) : undefined)
    }
  }

  for (const path of paths) visit(resolve(path), '')
  return { files: [...files.values()], unreadable }
}

/** A path below a folder, for naming a file to the user. */
export const shortName = (file: FoundFile) => [...file.relative.split('/').slice(1), basename(file.path)].join('/')

const isSystemFile = (name: string) =>
  name === '.DS_Store' || name === '__MACOSX' || name.startsWith('._') || /^(thumbs\.db|desktop\.ini)$/i.test(name)

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

/** The path with its links followed; as it is where that can't be done. */
export function realOrSame(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path).replace(new RegExp(`\\${sep}+$`), '')
  }
}
