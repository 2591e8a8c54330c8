/** Projects: create, open, close, and the recent ones. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Handlers, Project } from '../../shared/api/contract.ts'
import { createLibrary, openLibrary, refuse, type Library } from '../library/index.ts'
import { requireIdle, type Context } from './context.ts'
import { openDemo } from './demo.ts'
import { recentProjects, rememberProject } from './settings.ts'
import { interruptTrainings } from './training.ts'

type ProjectHandlers = Pick<
  Handlers,
  'project.recent' | 'project.create' | 'project.open' | 'project.close' | 'project.current' | 'project.demo'
>

export function projectHandlers(context: Context): ProjectHandlers {
  return {
    'project.recent': () => recentProjects(context.options.homeFolder),
    'project.create': ({ folder, name }) => {
      const place = resolve(folder)
      if (existsSync(place)) {
        if (!statSync(place).isDirectory()) refuse(`${place} is a file. Choose a folder.`)
        if (readdirSync(place).some((file) => !file.startsWith('.'))) {
          refuse(`The folder ${place} is not empty. Choose a new or empty folder for the project.`)
        }
      }
      return useProject(context, () => createLibrary(place, name))
    },
    'project.open': ({ folder }) => {
      if (context.library?.folder === resolve(folder)) return context.library.describe()
      return useProject(context, () => openLibrary(folder))
    },
    'project.close': () => closeProject(context),
    'project.current': () => context.library?.describe() ?? null,
    'project.demo': () => openDemo(context),
  }
}

/** Makes a project the open one; the one open before is closed first, and stays so if the new one can't be opened. */
export function useProject(context: Context, open: () => Library): Project {
  requireIdle(context, 'opening another project')
  closeProject(context)
  const library = open()
  context.library = library
  interruptTrainings(library)
  const project = library.describe()
  rememberProject(context.options.homeFolder, project)
  context.events.emit('project.changed', project)
  return project
}

export function closeProject(context: Context): undefined {
  if (!context.library) return
  requireIdle(context, 'closing the project')
  context.library.close()
  context.library = null
  context.events.emit('project.changed', null)
}
