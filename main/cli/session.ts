/** A command's hold on the services: project opened, interrupts heard, everything closed at the end. */
import { basename, resolve } from 'node:path'
import { isProject, openLibrary, createLibrary, type Library } from '../library/index.ts'
import { openProject } from '../services/context.ts'
import { createServices, type Services } from '../services/index.ts'
import { useProject } from '../services/project.ts'
import { say } from './output.ts'

export type Session = {
  services: Services
  context: Services['context']
  library: Library
  /** Whether Ctrl-C (or SIGTERM) came. */
  readonly interrupted: boolean
}

/** How a project folder is got: it must be there, or is made where there is none. */
export type Opening = 'existing' | 'create'

/** Runs `work` with a project open. The first Ctrl-C cancels (with a checkpoint), the second ends at once. */
export async function withProject<T>(
  folder: string,
  opening: Opening,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return withServices(async (services, isInterrupted) => {
    const place = resolve(folder)
    const { context } = services
    const isNew = opening === 'create' && !isProject(place)
    useProject(context, () => (isNew ? createLibrary(place, basename(place)) : openLibrary(place)))
    if (isNew) say(`New project in ${place}.`)
    return work({
      services,
      context,
      library: openProject(context),
      get interrupted() {
        return isInterrupted()
      },
    })
  })
}

/** The same without a project. */
export async function withServices<T>(
  work: (services: Services, isInterrupted: () => boolean) => Promise<T>,
): Promise<T> {
  const services = createServices({ mode: 'workstation' })
  const { context } = services
  let interrupts = 0
  const stop = (signal: NodeJS.Signals) => {
    interrupts++
    if (interrupts > 1) process.exit(130)
    // Ended by the system: the run counts as interrupted. Ended by the user: as cancelled. Both can be resumed.
    if (signal === 'SIGTERM') context.closing = true
    const busy = context.activeRun || context.activeTraining || context.jobs.running().length > 0
    if (busy) say('Stopping after a checkpoint … (Ctrl-C again to end at once)')
    context.activeTraining?.cancel()
    context.activeRun?.cancel()
    for (const job of context.jobs.running()) context.jobs.cancel(job.id)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    return await work(services, () => interrupts > 0)
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    await services.close()
  }
}
