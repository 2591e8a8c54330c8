/** Importing what was dropped: copied into the project first, where the page can't tell where it lies. */
import { computed, ref, shallowRef, watch } from 'vue'
import { ApiError, Dropped, dropUrl, type ImportReport } from '../../../shared/api/contract.ts'
import { reason, request } from '../../api/index.ts'
import { refreshCases } from '../../state/cases.ts'
import { cancelJob, followJob, jobs } from '../../state/jobs.ts'
import { tell } from '../../state/notices.ts'
import { project } from '../../state/session.ts'
import { words } from '../../words/index.ts'
import { told } from '../../words/program.ts'
import type { Drop } from './collect.ts'

/** Dropped before there was a project: waits until one is made. */
export const waiting = shallowRef<Drop | null>(null)

const copying = shallowRef<{ done: number; total: number } | null>(null)
/** The import of the last drop. */
export const jobId = ref<string | null>(null)
const job = computed(() => (jobId.value ? (jobs.value.get(jobId.value) ?? null) : null))
let stopped = false

/** How far it is; null while nothing is imported. `total` 0: unknown. */
export const progress = computed(() => {
  if (copying.value) return { stage: words.dropping.copying, ...copying.value, etaSeconds: null }
  const now = job.value
  if (!jobId.value || (now && now.state !== 'running')) return null
  return now
    ? { stage: words.importing.running, done: now.done, total: now.total, etaSeconds: now.etaSeconds }
    : { stage: words.importing.running, done: 0, total: 0, etaSeconds: null }
})
/** What came of the last drop (job `jobId`), until it is dismissed. */
export const report = shallowRef<ImportReport | null>(null)

/** Takes a drop up: into the open project, or, without one, once it is made. */
export async function take(drop: Drop): Promise<void> {
  if (!project.value) return void (waiting.value = drop)
  if (progress.value) return tell(words.dropping.busy, 'warn')
  report.value = null
  stopped = false
  try {
    const paths = drop.paths ?? [await copy(drop)]
    if (stopped) return
    const started = await request('import.start', { paths, labelFolder: null })
    followJob(started.jobId)
    jobId.value = started.jobId
  } catch (error) {
    if (!stopped) tell(reason(error))
  } finally {
    copying.value = null
  }
}

watch(
  () => project.value?.folder,
  (now) => {
    const drop = waiting.value
    waiting.value = null
    report.value = null
    if (now && drop) void take(drop)
  },
)

watch(job, async (now) => {
  if (!now || now.state === 'running' || report.value) return
  if (now.state === 'failed') tell(told(now.message))
  try {
    report.value = await request('import.report', { jobId: now.id })
  } catch (error) {
    tell(reason(error))
  }
  void refreshCases()
})

export function cancel(): void {
  stopped = true
  copying.value = null
  if (jobId.value) void cancelJob(jobId.value)
}

/** Sends all files, some at a time. Returns the folder in which they are now. */
async function copy({ files }: Drop): Promise<string> {
  const dropId = `drop-${Date.now().toString(36)}${Math.floor(Math.random() * 36 ** 4).toString(36)}`
  const left = [...files]
  let folder = ''
  let done = 0
  copying.value = { done, total: files.length }
  const sendSome = async () => {
    for (let next = left.shift(); next && !stopped; next = left.shift()) {
      folder = await send(dropUrl(dropId, next.path), next.file)
      done++
      if (!stopped) copying.value = { done, total: files.length }
    }
  }
  await Promise.all([sendSome(), sendSome(), sendSome()])
  return folder
}

async function send(url: string, file: File): Promise<string> {
  const headers = { 'content-type': 'application/octet-stream' }
  const response = await fetch(url, { method: 'PUT', headers, body: file }).catch(() => null)
  if (!response) throw new ApiError('refused', words.dropping.broken(file.name))
  if (!response.ok)
    throw new ApiError('refused', (await response.text().catch(() => '')) || words.dropping.broken(file.name))
  return Dropped.parse(await response.json()).folder
}
