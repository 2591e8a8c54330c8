/** What all services share: options, events, the open project, the jobs and the trainer that are at work. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { existsSync } from 'node:fs'
import type { Menu } from '../../shared/domain/menu.ts'
import { refuse, type Library } from '../library/index.ts'
import { forkProcess, type Spawn } from '../workers/process.ts'
import { makeEvents, throttle, type Events } from './events.ts'
import { makeImporters, type Importers } from './importers.ts'
import { makeJobs, type Jobs } from './jobs.ts'

export type ServiceOptions = {
  /** "workstation" unless told. */
  mode?: 'desktop' | 'workstation'
  /** How worker processes are started: Node's fork unless told (Electron: utilityProcess.fork). */
  spawn?: Spawn
  /** The system's folder dialog, where there is one. */
  pickFolder?: (title: string) => Promise<string | null>
  /** Shows the page's menu, where there is a menu bar. */
  showMenu?: (menus: readonly Menu[]) => void
  /** The user's home folder; HANDFUL_HOME, else the system's. */
  homeFolder?: string
  /** Where the bundled demo scans lie; found beside the program unless told. */
  demoFolder?: string
  /** What the log gets: one line each, never with what identifies a patient. Nothing unless told. */
  log?: (line: string) => void
}

export type ActiveRun = { runId: string; cancel(): void; finished: Promise<unknown> }

export type Context = {
  readonly options: Required<Pick<ServiceOptions, 'mode' | 'spawn' | 'homeFolder'>> & ServiceOptions
  readonly demoFolder: string | null
  readonly events: Events
  readonly jobs: Jobs
  readonly importers: Importers
  /** The open project; null where none is. */
  library: Library | null
  /** The run whose trainer process is at work: one at a time, it takes all cores. */
  activeRun: ActiveRun | null
  /** The training (of several runs) that is being driven. */
  activeTraining: { id: string; cancel(): void; pause(): void; finished: Promise<unknown> } | null
  /** True from the moment the program begins to end: what stops now was interrupted, not cancelled. */
  closing: boolean
  casesChanged(): void
}

export function makeContext(options: ServiceOptions): Context {
  const events = makeEvents()
  const spawn = options.spawn ?? forkProcess
  return {
    options: {
      ...options,
      mode: options.mode ?? 'workstation',
      spawn,
      homeFolder: options.homeFolder ?? process.env.HANDFUL_HOME ?? homedir(),
    },
    demoFolder: options.demoFolder ?? findDemo(),
    events,
    jobs: makeJobs(events),
    importers: makeImporters(spawn),
    library: null,
    activeRun: null,
    activeTraining: null,
    closing: false,
    casesChanged: throttle(() => events.emit('cases.changed', {}), 250),
  }
}

/** The open project. Refuses where there is none. */
export function openProject(context: Context): Library {
  return context.library ?? refuse('No project is open. Create or open one first.')
}

/** Refuses while something is at work that needs the open project. */
export function requireIdle(context: Context, doing: string): void {
  if (context.activeRun || context.activeTraining) refuse(`A training is running. Cancel it before ${doing}.`)
  if (context.jobs.running().length > 0) refuse(`Work is still going on. Wait for it, or cancel it, before ${doing}.`)
}

/** resources/demo: two folders up from the sources, or beside the bundle (Electron puts it in resourcesPath). */
function findDemo(): string | null {
  const resources = (process as { resourcesPath?: string }).resourcesPath
  const places = ['../../resources/demo', '../../../resources/demo', './resources/demo'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  )
  if (resources) places.unshift(join(resources, 'demo'))
  return places.find((place) => existsSync(join(place, 'manifest.json'))) ?? null
}
