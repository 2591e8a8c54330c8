/** The worker that computes edits: one, which keeps the scan it was last asked about. */
import { runGrow, type GrowJob, type Grown } from '../../labelling/grow.ts'
import { runJob, type LabelJob, type Proposed } from '../../labelling/jobs.ts'
import { tell } from '../../state/notices.ts'
import { words } from '../../words/index.ts'

type Samples = Uint8Array | Int16Array | Uint16Array
export type Question =
  { kind: 'scan'; samples: Samples } | { kind: 'edit'; job: LabelJob } | { kind: 'grow'; job: GrowJob }

/** Below half a million voxels an edit takes less time than its way to the worker and back. */
const small = 1 << 19

let worker: Worker | null = null
let next = 0
/** The samples that the worker holds. */
let known: Samples | null = null
const waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>()

/** What a whole-label edit would change. The job's samples are given away. */
export async function propose(job: LabelJob): Promise<Proposed> {
  return job.samples.length < small ? runJob(job) : send({ kind: 'edit', job }, [job.samples.buffer])
}

/** The region that grows in a scan. */
export async function grow(samples: Samples, job: GrowJob): Promise<Grown> {
  if (samples.length < small) return runGrow(samples, job)
  if (known !== samples) post({ kind: 'scan', samples })
  known = samples
  return send({ kind: 'grow', job })
}

class Halted extends Error {}

/** Stops what is being computed: it ends with an error that `latest` passes over. */
export function halt(): void {
  worker?.terminate()
  worker = null
  known = null
  for (const { reject } of waiting.values()) reject(new Halted())
  waiting.clear()
}

function post(ask: Question, transfer: Transferable[] = []): number {
  worker ??= start()
  worker.postMessage({ id: ++next, ask }, transfer)
  return next
}

function send<T>(ask: Question, transfer: Transferable[] = []): Promise<T> {
  const id = post(ask, transfer)
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
}

function start(): Worker {
  const made = new Worker(new URL('./heavy.worker.ts', import.meta.url), { type: 'module' })
  made.onmessage = ({ data: { id, answer } }: MessageEvent<{ id: number; answer: never }>) => {
    waiting.get(id)?.resolve(answer)
    waiting.delete(id)
  }
  made.onerror = ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(message))
    halt()
  }
  return made
}

/** Runs the newest wish only: those that come while one is at work replace one another. Failures are told. */
export function latest<T>(act: (wish: T) => Promise<void>): (wish: T) => void {
  let busy = false
  let waits: { wish: T } | null = null
  return async function run(wish) {
    if (busy) return void (waits = { wish })
    busy = true
    try {
      await act(wish)
    } catch (error) {
      if (!(error instanceof Halted)) tell(words.common.unexpected(String(error)))
    }
    busy = false
    const after = waits as { wish: T } | null
    waits = null
    if (after) void run(after.wish)
  }
}
