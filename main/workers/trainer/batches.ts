/** Threads of the trainer that make batches ahead, each step's in turn. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Ahead, Batch, BatchOrder, SharedCase } from '../../training/batches.ts'

/** The first reply of a thread says that it is ready: step -1. */
export type BatchReply = { step: number; batch: Batch }

/** Devices that leave the processor alone while they compute. */
const besidesProcessor = new Set(['webgpu', 'webgpu-f16', 'tensorflow'])

/**
 * How many pay, for a session on a device of this kind. A batch takes one core up to a tenth of what a step does, so with ten
 * cores or a GPU they take as long as each other. (`npm run -s bench -- batches`)
 */
export function batchThreadsFor(device: string, cores = availableParallelism()): number {
  if (besidesProcessor.has(device)) return Math.min(3, cores - 1)
  return cores < 2 ? 0 : cores < 8 ? 1 : 2
}

/**
 * Nobody waits for a thread to start (`started`: all have, or failed), and where one fails its batches are made by who asks for them, and so is the error that
 * there may be.
 */
export function startBatchThreads(
  order: BatchOrder<SharedCase>,
  threads: number,
): Ahead & { started: Promise<unknown> } {
  const helpers = Array.from({ length: threads }, () => new Helper(order))
  const begun = new Map<number, Promise<Batch | null>>()
  return {
    started: Promise.all(helpers.map(({ started }) => started.promise)),
    take(step) {
      // A training that begins anew, after some steps for trial, wants none of theirs.
      for (const known of begun.keys()) if (known < step || known > step + threads) begun.delete(known)
      const batch = begun.get(step) ?? null
      begun.delete(step)
      for (let next = step + 1; next <= step + threads; next++) {
        const helper = helpers[next % threads]
        if (helper.ready && !begun.has(next)) begun.set(next, helper.make(next))
      }
      return Promise.resolve(batch)
    },
    close: async () => void (await Promise.all(helpers.map((helper) => helper.close()))),
  }
}

class Helper {
  ready = false
  readonly started = Promise.withResolvers<void>()
  private readonly worker: Worker
  private readonly asked = new Map<number, (batch: Batch | null) => void>()

  constructor(order: BatchOrder<SharedCase>) {
    // The file's name is the same in the sources and in the build but for its ending.
    const ending = /\.[cm]?[jt]s$/.exec(new URL(import.meta.url).pathname)?.[0] ?? '.js'
    this.worker = new Worker(new URL(`./batch-thread${ending}`, import.meta.url), {
      name: 'batches',
      execArgv: [],
      workerData: order,
    })
    this.worker.on('message', ({ step, batch }: BatchReply) => {
      if (step < 0) this.start()
      this.asked.get(step)?.(batch)
      this.asked.delete(step)
    })
    this.worker.on('error', () => this.giveUp())
    this.worker.on('exit', () => this.giveUp())
  }

  make(step: number): Promise<Batch | null> {
    return new Promise((resolve) => {
      this.asked.set(step, resolve)
      this.worker.postMessage(step)
    })
  }

  async close(): Promise<void> {
    await this.worker.terminate()
  }

  private start(): void {
    this.ready = true
    this.started.resolve()
  }

  private giveUp(): void {
    this.ready = false
    this.started.resolve()
    for (const resolve of this.asked.values()) resolve(null)
    this.asked.clear()
  }
}
