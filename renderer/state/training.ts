/** The training in progress or the newest one, and the figures of its runs. */
import { computed, shallowRef } from 'vue'
import type { Training, TrainingRequest } from '../../shared/api/contract.ts'
import type { Metric } from '../../shared/domain/records.ts'
import { on, request } from '../api/index.ts'
import { attempt } from './notices.ts'

export const training = shallowRef<Training | null>(null)
/** Figures by run id, in order of step. Replaced, never changed in place. */
export const metrics = shallowRef<ReadonlyMap<string, readonly Metric[]>>(new Map())

export const isTraining = computed(() => training.value?.state === 'running')

/** About how the time is divided; the program plans it so. */
const weights = { pretrain: 35, finetune: 28, scratch: 28, predict: 7, evaluate: 2 }

/** Done part of the whole training, 0..1. */
export const trainingProgress = computed(() => {
  const stages = training.value?.stages.filter((s) => s.state !== 'skipped') ?? []
  if (!stages.length) return 0
  const part = (s: (typeof stages)[number]) => (s.state === 'done' ? 1 : s.total ? Math.min(1, s.done / s.total) : 0)
  const whole = stages.reduce((sum, s) => sum + weights[s.key], 0)
  return stages.reduce((sum, s) => sum + weights[s.key] * part(s), 0) / whole
})

const loaded = new Set<string>()

function take(next: Training | null): void {
  const now = training.value
  if (next && now && next.id !== now.id && next.created < now.created) return
  training.value = next
  for (const stage of next?.stages ?? []) if (stage.runId) void loadMetrics(stage.runId)
}

async function loadMetrics(runId: string): Promise<void> {
  if (loaded.has(runId)) return
  loaded.add(runId)
  await attempt(async () => {
    const lines = await request('runs.metrics', { runId })
    // What came as events meanwhile is newer than what was read.
    const last = lines.at(-1)?.step ?? -1
    const newer = (metrics.value.get(runId) ?? []).filter((m) => m.step > last)
    keep(runId, [...lines, ...newer])
  })
}

function keep(runId: string, lines: readonly Metric[]): void {
  metrics.value = new Map(metrics.value).set(runId, lines)
}

export function listenToTraining(): void {
  on('training.changed', take)
  on('run.metric', ({ runId, metric }) => {
    const lines = metrics.value.get(runId) ?? []
    // After a resume, steps since the last checkpoint come once more: the newer figures count.
    const kept =
      lines.length && lines[lines.length - 1].step >= metric.step ? lines.filter((m) => m.step < metric.step) : lines
    keep(runId, [...kept, metric])
  })
}

/** Asks the program for the present state; also after a lost connection. */
export async function refreshTraining(): Promise<void> {
  loaded.clear()
  await attempt(async () => take(await request('training.current', undefined)))
}

export function resetTraining(): void {
  training.value = null
  metrics.value = new Map()
  loaded.clear()
}

export const startTraining = (plan: TrainingRequest) => attempt(async () => take(await request('training.start', plan)))
export const cancelTraining = (trainingId: string) => attempt(() => request('training.cancel', { trainingId }))
export const pauseTraining = (trainingId: string) => attempt(() => request('training.pause', { trainingId }))
export const resumeTraining = (trainingId: string) =>
  attempt(async () => take(await request('training.resume', { trainingId })))
