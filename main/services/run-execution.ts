/** Executing a run: the trainer process computes in the run's folder; what it says goes into the database from here. */
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Evaluation, Run } from '../../shared/domain/records.ts'
import { TrainerMessage, type TrainerCommand } from '../../shared/domain/trainer.ts'
import {
  identifyProcess,
  isAlive,
  layout,
  refuse,
  writeFileSafely,
  writeJson,
  type Library,
  type ProcessIdentity,
} from '../library/index.ts'
import { startWorker, workerFile, type WorkerEnd } from '../workers/process.ts'
import type { Context } from './context.ts'
import type { Purpose } from './run-configs.ts'
import { completeEvaluation, registerModel, storeProposal } from './run-results.ts'

export type RunListener = {
  started?(run: Run): void
  progress?(stage: string, done: number, total: number, etaSeconds: number | null): void
  device?(name: string): void
  /** warning: something that the user may want to mend. */
  notice?(text: string, warning?: boolean): void
}

/** run: as it ended, whatever way. predictions: file of each case predicted. */
export type RunResult = { run: Run; predictions: Map<string, string>; evaluation: Evaluation | null }

/** Time for a last checkpoint after cancel. */
const graceSeconds = 60

/** Starts a queued run, or continues one that was cancelled, failed or interrupted. Ends when the trainer process has. */
export async function executeRun(
  context: Context,
  library: Library,
  runId: string,
  listener: RunListener = {},
): Promise<RunResult> {
  if (context.activeRun) refuse('A run is going on already. Wait for it, or cancel it.')
  const before = library.run(runId) ?? refuse(`There is no run ${runId} in this project.`)
  if (before.state === 'done') refuse(`The run ${runId} has finished; there is nothing to resume.`)
  const folder = layout.runFolder(library.folder, runId)
  if (!existsSync(join(folder, 'config.json')))
    refuse(`The folder of run ${runId} is missing, so it can't go on. Start a new one.`)

  await waitForPredecessor(folder)
  const result: RunResult = { run: before, predictions: new Map(), evaluation: null }
  const last: { message: TrainerMessage | null; fault: unknown } = { message: null, fault: null }
  let cancelled = false
  const note = progressWriter(library, runId)
  result.run = library.updateRun(runId, {
    state: 'running',
    started: before.started ?? new Date().toISOString(),
    finished: null,
    reason: null,
  })
  listener.started?.(result.run)

  const worker = startWorker(context.options.spawn, workerFile('trainer', import.meta.url), [folder], (raw) => {
    const parsed = TrainerMessage.safeParse(raw)
    if (!parsed.success || last.fault) return
    const message = parsed.data
    try {
      if (message.type === 'progress') {
        note.progress(message.done, message.total)
        listener.progress?.(message.stage, message.done, message.total, message.etaSeconds)
      } else if (message.type === 'metric') {
        context.events.emit('run.metric', { runId, metric: message.metric })
      } else if (message.type === 'device') {
        library.updateRun(runId, { device: message.name })
        listener.device?.(message.name)
      } else if (message.type === 'notice') {
        listener.notice?.(message.text, message.warning)
      } else if (message.type === 'predicted') {
        result.predictions.set(message.caseId, message.file)
        const { proposals, settings } = readPurpose(folder)
        if (proposals && storeProposal(library, runId, { ...message, settings })) context.casesChanged()
      } else {
        last.message = message
      }
    } catch (error) {
      // Such as a full disk: the run can't go on, the program can.
      last.fault = error
      worker.kill()
    }
  })
  if (worker.pid !== undefined) writeJson(join(folder, 'trainer.json'), identifyProcess(worker.pid))
  const cancel = () => {
    if (cancelled) return
    cancelled = true
    void worker.stop({ type: 'cancel' } satisfies TrainerCommand, graceSeconds)
  }
  const over = Promise.withResolvers<void>()
  context.activeRun = { runId, cancel, finished: over.promise }
  try {
    const end = await worker.ended
    note.flush()
    const outcome = last.fault ? faulty(last.fault) : explain(last.message, end, cancelled, context.closing)
    if (outcome.detail) writeFileSafely(join(folder, 'failure.txt'), [outcome.detail])
    if (outcome.state === 'done') {
      if (result.run.kind === 'finetune') registerModel(library, runId)
      const evaluation = last.message?.type === 'done' ? last.message.evaluation : null
      if (evaluation) result.evaluation = completeEvaluation(library, runId, evaluation, readPurpose(folder))
    }
    const { state, reason } = outcome
    result.run = library.updateRun(runId, { state, reason, finished: new Date().toISOString() })
    return result
  } finally {
    context.activeRun = null
    over.resolve()
  }
}

/**
 * A trainer whose program was killed writes a last checkpoint and then ends by itself: two must not write in one folder.
 * Refuses if it is still there after the time it has for that.
 */
async function waitForPredecessor(folder: string): Promise<void> {
  const file = join(folder, 'trainer.json')
  if (!existsSync(file)) return
  const predecessor = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity
  for (let waited = 0; predecessor.host === hostname() && isAlive(predecessor); waited++) {
    if (waited >= graceSeconds * 5) refuse(`The process ${predecessor.pid} is still working on this run. End it first.`)
    await new Promise((resume) => setTimeout(resume, 200))
  }
}

type Outcome = { state: Run['state']; reason: string | null; detail: string | null }

function explain(message: TrainerMessage | null, end: WorkerEnd, cancelled: boolean, closing: boolean): Outcome {
  const goes = (state: Run['state'], reason: string | null, detail: string | null = null) => ({ state, reason, detail })
  if (message?.type === 'done') return goes('done', null)
  if (message?.type === 'failed') return goes('failed', message.reason, message.detail)
  if (closing) return goes('interrupted', 'Handful was closed while this was running. It can be resumed.')
  if (cancelled) return goes('cancelled', null)
  if (message?.type === 'cancelled')
    return goes('interrupted', 'The process was asked to end from outside. It can be resumed.')
  const why = end.ok ? 'The process ended without a result.' : end.reason
  return goes('failed', `${why} It can be resumed from its last checkpoint.`, end.ok ? null : end.detail)
}

function faulty(error: unknown): Outcome {
  const text = error instanceof Error ? error.message : String(error)
  return {
    state: 'failed',
    reason: `The result could not be stored: ${text}`,
    detail: error instanceof Error ? (error.stack ?? null) : null,
  }
}

function readPurpose(folder: string): Purpose {
  try {
    return JSON.parse(readFileSync(join(folder, 'purpose.json'), 'utf8')) as Purpose
  } catch {
    return { proposals: false }
  }
}

/** Writes how far a run is at most once a second: steps come faster than that. */
function progressWriter(library: Library, runId: string) {
  let written = 0
  let latest: { step: number; steps: number } | null = null
  const flush = () => {
    if (latest) library.updateRun(runId, latest)
    latest = null
    written = Date.now()
  }
  return {
    progress(step: number, steps: number) {
      latest = { step, steps }
      if (Date.now() - written > 1000) flush()
    },
    flush,
  }
}
