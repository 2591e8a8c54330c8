/** Work that takes longer than a moment: state, progress, cancel. */
import { ApiError, type Job } from '../../shared/api/contract.ts'
import { newId, refuse } from '../library/index.ts'
import type { Events } from './events.ts'

/** What the work itself gets: how to report, and whether to stop. */
export type JobHandle = {
  readonly id: string
  progress(stage: string, done: number, total: number, etaSeconds?: number | null): void
  readonly cancelled: boolean
  /** Called at once when the user cancels. */
  onCancel(act: () => void): void
}

/** Work was stopped because the user wanted it. message: what was done until then. */
export class JobCancelled extends Error {}

export type Jobs = {
  /** Starts work; it ends with a plain sentence, or throws. `finished` never rejects. */
  start(
    kind: Job['kind'],
    stage: string,
    work: (job: JobHandle) => Promise<string>,
  ): { id: string; finished: Promise<Job> }
  get(id: string): Job
  cancel(id: string): void
  running(): Job[]
  /** Cancels everything and waits for it. */
  close(): Promise<void>
}

type Entry = { job: Job; cancelled: boolean; onCancel: (() => void)[]; finished: Promise<Job> }

const keptJobs = 50

export function makeJobs(events: Events): Jobs {
  const entries = new Map<string, Entry>()
  const find = (id: string): Entry => entries.get(id) ?? refuse('This job is not known any more.')

  function change(entry: Entry, change: Partial<Job>): void {
    entry.job = { ...entry.job, ...change }
    events.emit('job', entry.job)
  }

  async function run(entry: Entry, work: (job: JobHandle) => Promise<string>): Promise<Job> {
    let stageBegan = performance.now()
    let shown = 0
    const handle: JobHandle = {
      id: entry.job.id,
      progress(stage, done, total, etaSeconds) {
        const now = performance.now()
        const isNewStage = stage !== entry.job.stage
        if (isNewStage) stageBegan = now
        if (!isNewStage && done < total && now - shown < 100) return
        shown = now
        const eta = etaSeconds !== undefined ? etaSeconds : estimate((now - stageBegan) / 1000, done, total)
        const seconds = (now - stageBegan) / 1000
        const perSecond = done > 0 && seconds >= 0.5 ? Number((done / seconds).toPrecision(3)) : null
        change(entry, { stage, done, total, etaSeconds: eta, perSecond })
      },
      get cancelled() {
        return entry.cancelled
      },
      onCancel: (act) => void (entry.cancelled ? act() : entry.onCancel.push(act)),
    }
    try {
      const message = await work(handle)
      change(entry, { state: 'done', message, etaSeconds: null })
    } catch (error) {
      if (error instanceof JobCancelled) change(entry, { state: 'cancelled', message: error.message, etaSeconds: null })
      else change(entry, { state: 'failed', message: explain(error), etaSeconds: null })
    }
    return entry.job
  }

  function cancel(id: string): void {
    const entry = find(id)
    if (entry.cancelled || entry.job.state !== 'running') return
    entry.cancelled = true
    for (const act of entry.onCancel) act()
  }

  return {
    start(kind, stage, work) {
      const job: Job = {
        id: newId('job'),
        kind,
        state: 'running',
        stage,
        done: 0,
        total: 0,
        etaSeconds: null,
        perSecond: null,
        message: '',
      }
      const entry: Entry = { job, cancelled: false, onCancel: [], finished: Promise.resolve(job) }
      entries.set(job.id, entry)
      for (const [id, old] of entries) {
        if (entries.size > keptJobs && old.job.state !== 'running') entries.delete(id)
      }
      events.emit('job', job)
      entry.finished = run(entry, work)
      return { id: job.id, finished: entry.finished }
    },
    get: (id) => find(id).job,
    cancel,
    running: () => [...entries.values()].map((entry) => entry.job).filter((job) => job.state === 'running'),
    async close() {
      const open = [...entries.values()].filter((entry) => entry.job.state === 'running')
      for (const entry of open) cancel(entry.job.id)
      await Promise.all(open.map((entry) => entry.finished))
    },
  }
}

/** null until there is enough to go by. */
function estimate(seconds: number, done: number, total: number): number | null {
  if (done < 1 || total <= done || seconds < 1) return null
  return Math.round((seconds / done) * (total - done))
}

function explain(error: unknown): string {
  if (error instanceof ApiError) return error.message
  return `This failed because of a fault in Handful: ${error instanceof Error ? error.message : String(error)}`
}
