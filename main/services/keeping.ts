/** What keeps a project whole: moved files, backups, checks. */
import type { Handlers } from '../../shared/api/contract.ts'
import { listBackups, openLibrary, refuse, restoreBackup } from '../library/index.ts'
import { checkLibrary, summariseCheck } from './checking.ts'
import { openProject, requireIdle, type Context } from './context.ts'
import { JobCancelled } from './jobs.ts'
import { missingFiles, relocate } from './moved-files.ts'
import { closeProject, useProject } from './project.ts'

type KeepingHandlers = Pick<
  Handlers,
  'library.missing' | 'library.relocate' | 'library.backups' | 'library.backUp' | 'library.restore' | 'library.check'
>

export function keepingHandlers(context: Context): KeepingHandlers {
  return {
    'library.missing': () => missingFiles(openProject(context)),
    'library.relocate': ({ from, to }) => {
      const found = relocate(openProject(context), from, to)
      context.casesChanged()
      return found
    },
    'library.backups': () => listBackups(openProject(context).folder),
    'library.backUp': ({ into }) => ({ folder: openProject(context).backUp(into ?? undefined) }),
    'library.restore': ({ backup }) => {
      const { folder } = openProject(context)
      requireIdle(context, 'putting a backup back')
      closeProject(context)
      try {
        restoreBackup(folder, backup)
      } catch (error) {
        // The project as it was is still there.
        useProject(context, () => openLibrary(folder))
        throw error
      }
      return useProject(context, () => openLibrary(folder))
    },
    'library.check': () => {
      const library = openProject(context)
      requireIdle(context, 'checking')
      const { id } = context.jobs.start('check', 'Checking scans', async (job) => {
        const goOn = (done: number, total: number) => {
          job.progress('Checking scans', done, total)
          return !job.cancelled
        }
        const report = await checkLibrary(context, library, { contents: false, repair: true, goOn })
        if (job.cancelled) throw new JobCancelled('Cancelled.')
        const message = summariseCheck(report)
        if (report.findings.some(({ state }) => state === 'problem')) refuse(message)
        return message
      })
      return { jobId: id }
    },
  }
}
