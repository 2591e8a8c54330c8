/**
 * A thread of a back end. It sleeps until the back end starts a run, helps with it, and sleeps again. It is an entry of its
 * own: see worker-file.ts.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { loadAddon } from './addon.ts'
import { instantiate } from './wasm.ts'

/** What a worker is told at the start. `bell` is [number of the run, closing]. */
export interface WorkerInput {
  readonly bell: Int32Array
  readonly thread: number
  readonly native?: { readonly control: Int32Array }
  readonly wasm?: {
    readonly module: WebAssembly.Module
    readonly memory: WebAssembly.Memory
    readonly control: number
    readonly stackTop: number
  }
}

function helper(input: WorkerInput): () => void {
  const { thread, native, wasm } = input
  if (native) {
    const addon = loadAddon()
    return () => addon.help(native.control, thread)
  }
  if (!wasm) throw new Error('A worker needs something to run.')
  const module = instantiate(wasm.module, wasm.memory, wasm.stackTop)
  return () => module.help(wasm.control, thread)
}

const input = workerData as WorkerInput
const help = helper(input)
const { bell } = input
parentPort?.postMessage('ready')
let seen = 0
while (Atomics.load(bell, 1) === 0) {
  help()
  Atomics.wait(bell, 0, seen)
  seen = Atomics.load(bell, 0)
}
