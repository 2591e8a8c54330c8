/** What the window is about: the program it talks to, the open project, and which screen is shown. */
import { shallowRef, ref } from 'vue'
import type { AppInfo, Project } from '../../shared/api/contract.ts'
import { connectApi, on, reason, request } from '../api/index.ts'
import { watchConnection } from './connection.ts'
import { resetCases, refreshCases, listenToCases } from './cases.ts'
import { listenToJobs, refreshJobs } from './jobs.ts'
import { listenToTraining, refreshTraining, resetTraining } from './training.ts'
import { attempt } from './notices.ts'
import { loadPreferences } from './preferences.ts'

export type Screen = 'scans' | 'train' | 'models'

export const started = ref(false)
/** Why the program can't be reached at all; null while all is well. */
export const refusal = ref<string | null>(null)
export const info = shallowRef<AppInfo | null>(null)
/** Name of what computes unless told otherwise; empty until it was looked for, which takes a while. */
export const device = ref('')
export const project = shallowRef<Project | null>(null)
export const recent = shallowRef<{ folder: string; name: string }[]>([])
export const screen = ref<Screen>('scans')
/** Whether the worklist is in sight; without it there is more room for the planes. */
export const listShown = ref(true)

/** Connects, then loads what the window shows. Call once. */
export async function startSession(): Promise<void> {
  try {
    await connectApi()
    await loadPreferences()
    on('project.changed', show)
    listenToCases()
    listenToJobs()
    listenToTraining()
    await reload()
    watchConnection(reload)
  } catch (error) {
    refusal.value = reason(error)
  }
  started.value = true
  // After what is shown first: it loads the engine and tries what is there.
  if (info.value) void attempt(async () => (device.value = (await request('app.devices', undefined))[0]?.name ?? ''))
}

async function reload(): Promise<void> {
  info.value = await request('app.info', undefined)
  show(await request('project.current', undefined))
  await refreshRecent()
  refreshJobs()
}

/** Makes `next` the project on screen. The same project again only refreshes its figures. */
function show(next: Project | null): void {
  const changed = next?.folder !== project.value?.folder
  project.value = next
  if (changed) {
    screen.value = 'scans'
    resetCases()
    resetTraining()
  }
  if (!next) return
  void refreshCases()
  void refreshTraining()
}

export async function refreshRecent(): Promise<void> {
  recent.value = await request('project.recent', undefined)
}

export const openDemo = () => attempt(async () => show(await request('project.demo', undefined)))
export const openProject = (folder: string) => attempt(async () => show(await request('project.open', { folder })))
const farewells = new Set<() => Promise<void>>()
/** Calls back before the project is closed, to save what is unsaved. */
export const beforeLeaving = (farewell: () => Promise<void>) => void farewells.add(farewell)

export const closeProject = () =>
  attempt(async () => {
    for (const farewell of farewells) await farewell()
    await request('project.close', undefined)
    show(null)
    await refreshRecent()
  })
