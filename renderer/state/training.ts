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

/** Done part of the whole training, 0..1. */
export const trainingProgress = computed(() => progressOf(training.value?.stages ?? []))

/**
 * By time, spent and still planned: within a stage steps are counted more than once (preparing, rounds, the twin's). A
 * stage that takes longer than planned may take a little more.
 */
export function progressOf(stages: Training['stages']): number {
  const sum = (figures: number[]) => figures.reduce((a, b) => a + b, 0)
  const left = stages
    .filter(({ state }) => state !== 'done' && state !== 'skipped')
    .map(({ minutes = 1, seconds }) => Math.max(60 * minutes - seconds, 0.1 * seconds))
  const spent = sum(stages.map(({ seconds }) => seconds))
  return spent === 0 ? 0 : spent / (spent + sum(left))
}

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
