import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { workerUrl } from './worker-file.ts'
import type { WorkerInput } from './worker.ts'

/** The helping threads of a back end. The calling thread is thread 0 and not among them. */
export interface Pool {
  /** Wake everyone for a new run. */
  ring(): void
  close(): Promise<void>
}

/**
 * Start `threads - 1` workers and wait until they are ready; `task` says what each of them needs. They do not keep the
 * process alive. Throws if one of them cannot start.
 */
export async function startPool(
  threads: number,
  task: (thread: number) => Pick<WorkerInput, 'native' | 'wasm'>,
): Promise<Pool> {
  const bell = new Int32Array(new SharedArrayBuffer(8))
  const workers = Array.from({ length: threads - 1 }, (_, i) => {
    const workerData: WorkerInput = { bell, thread: i + 1, ...task(i + 1) }
    return new Worker(workerUrl(), { workerData, name: `kernels ${i + 1}`, execArgv: [] })
  })
  const close = async (): Promise<void> => {
    Atomics.store(bell, 1, 1)
    Atomics.add(bell, 0, 1)
    Atomics.notify(bell, 0)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  try {
    // `once` also throws what the worker throws.
    await Promise.all(workers.map((worker) => once(worker, 'message')))
  } catch (error) {
    await close()
    throw error
  }
  for (const worker of workers) worker.unref()
  return {
    ring() {
      Atomics.add(bell, 0, 1)
      Atomics.notify(bell, 0)
    },
    close,
  }
}
