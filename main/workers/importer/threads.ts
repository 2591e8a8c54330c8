/**
 * Threads that help the importer with one volume. The calling thread works as well, so that nothing waits for the others
 * to start, and all works where they can't.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { AheadOrder } from './ahead.ts'
import { doPart, type PartDone, type ShareableTask } from './parts.ts'

/**
 * taken: how many parts have been taken, and after it for each thread, this one's at `thread`, 1 once it takes any.
 * finished: for each part 1 once its samples are there.
 */
export type ThreadOrder = { id: number; task: ShareableTask; taken: Int32Array; finished: Int32Array; thread: number }
export type ThreadReply = { id: number; done: [number, PartDone][]; error: unknown }

/** More would wait for the disk and for memory. */
const mostThreads = 8

let workers: Worker[] | undefined
let orders = 0

/**
 * Starts the threads, once; settles when they have loaded (`warm`: and compiled their code), or can't. They don't keep the
 * process alive.
 */
export async function startThreads(warm = false): Promise<void> {
  if (workers) return
  workers = Array.from({ length: Math.min(mostThreads, availableParallelism()) - 1 }, () => start(warm))
  await Promise.allSettled(workers.map((worker) => once(worker, 'message')))
}

/** How many there are, with this one. */
export const threadCount = () => 1 + (workers?.length ?? 0)

/** Sends all threads an order that nobody waits for. */
export function tellThreads(order: AheadOrder): void {
  for (const worker of workers ?? []) worker.postMessage(order)
}

function start(warm: boolean): Worker {
  // The file's name is the same in the sources and in the build but for its ending.
  const ending = /\.[cm]?[jt]s$/.exec(new URL(import.meta.url).pathname)?.[0] ?? '.js'
  const worker = new Worker(new URL(`./thread${ending}`, import.meta.url), {
    name: 'importer',
    execArgv: [],
    workerData: { warm },
  })
  // The work in hand hears of it below; later work goes without this thread.
  worker.on('error', () => (workers = workers?.filter((other) => other !== worker)))
  worker.unref()
  return worker
}

/**
 * Does the parts of a task, and gives what each gave, in order. `hear` is told of each part whose samples are there, a
 * little later. Between parts that are done here `goOn` is asked, and told how many have been taken. Once it says no, or a
 * part is refused, no further part is begun: its result is missing. Should it throw, threads may still be at work.
 */
export async function doTogether(
  task: ShareableTask,
  hear: (part: number) => void,
  goOn: (taken: number) => boolean,
): Promise<PartDone[]> {
  const id = ++orders
  const count = task.parts.length
  const helpers = count > 1 ? [...(workers ?? [])] : []
  const taken = new Int32Array(new SharedArrayBuffer(4 * (1 + helpers.length)))
  const finished = new Int32Array(new SharedArrayBuffer(4 * count))
  const tell = () => {
    for (let part = 0; part < count; part++) if (Atomics.compareExchange(finished, part, 1, 2) === 1) hear(part)
  }
  const results: PartDone[] = []
  const heard = helpers.map((worker, n) => {
    const reply = Promise.withResolvers<void>()
    // Heard below if it is of any concern.
    reply.promise.catch(() => {})
    const listen = ({ id: of, done, error }: ThreadReply) => {
      if (of !== id) return
      for (const [part, result] of done) results[part] = result
      if (error === undefined) reply.resolve()
      else reply.reject(error)
    }
    worker.on('message', listen).on('error', reply.reject)
    worker.ref()
    worker.postMessage({ id, task, taken, finished, thread: n + 1 } satisfies ThreadOrder)
    return { worker, listen, reply }
  })
  try {
    for (let part; (part = Atomics.add(taken, 0, 1)) < count;) {
      const result = await doPart(task, part)
      results[part] = result
      if (result.ok && !result.wide) finished[part] = 1
      tell()
      // Lets messages in, such as the wish to cancel.
      await setImmediate()
      if (!result.ok || result.wide || !goOn(Math.min(count, Atomics.load(taken, 0)))) break
    }
    Atomics.store(taken, 0, count)
    // A thread that came too late to take anything is not waited for.
    const atWork = heard.filter((_, n) => Atomics.load(taken, n + 1) > 0)
    await Promise.all(atWork.map(({ reply }) => reply.promise))
    tell()
    return results
  } finally {
    for (const { worker, listen, reply } of heard) {
      worker.off('message', listen).off('error', reply.reject)
      worker.unref()
    }
  }
}
