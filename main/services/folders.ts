/** Folders, for choosing one in the page where there is no system dialog. Names only, nothing is opened. */
import { readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Handlers } from '../../shared/api/contract.ts'
import { byName } from '../../shared/domain/names.ts'
import { refuseFileError } from '../library/index.ts'
import type { Context } from './context.ts'

export function folderHandlers(context: Context): Pick<Handlers, 'folders.list' | 'app.pickFolder'> {
  return {
    'app.pickFolder': ({ title }) => context.options.pickFolder?.(title) ?? null,
    'folders.list': ({ path }) => {
      const place = resolve(path ?? context.options.homeFolder)
      try {
        const entries = readdirSync(place, { withFileTypes: true }).filter((entry) => !entry.name.startsWith('.'))
        const isFolder = (entry: (typeof entries)[number]) =>
          entry.isDirectory() || (entry.isSymbolicLink() && leadsToFolder(join(place, entry.name)))
        const folders = entries.filter(isFolder)
        const parent = dirname(place)
        return {
          path: place,
          parent: parent === place ? null : parent,
          folders: folders.map((entry) => entry.name).sort(byName),
          files: entries.length - folders.length,
        }
      } catch (error) {
        return refuseFileError(error, `The folder ${place} could not be opened`)
      }
    },
  }
}

function leadsToFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
