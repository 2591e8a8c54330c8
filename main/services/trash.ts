/** What the user deletes goes into the trash, and comes back from there, until the trash is emptied. */
import { rmSync, statSync } from 'node:fs'
import type { Handlers } from '../../shared/api/contract.ts'
import { layout, refuse, type Library } from '../library/index.ts'
import { openProject, requireIdle, type Context } from './context.ts'
import { findCase } from './volumes.ts'

type TrashHandlers = Pick<Handlers, 'cases.remove' | 'trash.list' | 'trash.restore' | 'trash.empty'>

export function trashHandlers(context: Context): TrashHandlers {
  return {
    'cases.remove': ({ caseIds }) => {
      const library = openProject(context)
      requireIdle(context, 'deleting scans')
      const moment = new Date().toISOString()
      library.transaction(() => {
        for (const id of caseIds) library.setCaseRemoved(findCase(library, id).id, moment)
      })
      context.casesChanged()
      return undefined
    },
    'trash.list': () => openProject(context).trashedCases(),
    'trash.restore': ({ caseIds }) => {
      const library = openProject(context)
      const there = new Set(library.trashedCases().map(({ id }) => id))
      library.transaction(() => {
        for (const id of caseIds) {
          if (!there.has(id)) refuse('This scan is not in the trash any more.')
          library.setCaseRemoved(id, null)
        }
      })
      context.casesChanged()
      return undefined
    },
    'trash.empty': () => {
      requireIdle(context, 'emptying the trash')
      return emptyTrash(openProject(context))
    },
  }
}

/**
 * Deletes what is in the trash for good: entries, label maps, prepared volumes, and label maps that no entry names. The
 * scans' own files are never touched. Entries go first: a process that ends in between leaves files without an entry,
 * which `library check` finds.
 */
export function emptyTrash(library: Library): { cases: number; bytes: number } {
  const { folder } = library
  const { cases, seriesIds, versionIds } = library.emptyTrash()
  const files = [
    ...versionIds.flatMap((id) => [layout.labelFile(folder, id), layout.entropyFile(folder, id)]),
    ...seriesIds.flatMap((id) => [
      layout.volumeHeaderFile(folder, id),
      layout.volumeFile(folder, id),
      layout.thumbnailFile(folder, id),
    ]),
  ]
  let bytes = 0
  for (const file of files) {
    bytes += statSync(file, { throwIfNoEntry: false })?.size ?? 0
    rmSync(file, { force: true })
  }
  rmSync(layout.trashFolder(folder), { recursive: true, force: true })
  return { cases, bytes }
}
