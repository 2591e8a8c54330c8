import type { Backend, LoadedProgram } from './backend.ts'
import { checkCall } from './check.ts'
import { callBytes, controlBytes, encodeCalls, idle } from './encode.ts'
import { outOfMemory } from './memory.ts'
import { startPool } from './pool.ts'
import { compileKernels, flavourNames, instantiate, stackBytes, type WasmFlavour } from './wasm.ts'

interface WasmProgram extends LoadedProgram {
  readonly address: number
  readonly count: number
  readonly scratchPerThread: number
}

const page = 65536
const mostPages = 65536
/** Kernels read whole vectors: up to this many bytes beyond the end of what they use. */
const slack = 256

/** A shared memory that hands out zeroed ranges at multiples of 64 bytes, and grows for them. Nothing is given back. */
function claimer(memory: WebAssembly.Memory, from: number): (bytes: number) => number {
  let next = Math.ceil(from / 64) * 64
  return (bytes) => {
    const at = next
    next = Math.ceil((next + bytes + slack) / 64) * 64
    const pages = Math.ceil(next / page)
    const missing = pages - memory.buffer.byteLength / page
    try {
      if (pages > mostPages) throw new RangeError('beyond 4 GiB')
      if (missing > 0) memory.grow(missing)
    } catch {
      throw pages > mostPages
        ? new Error(
            'The model needs more than the 4 GiB that WebAssembly can have. Use smaller patches or a smaller batch.',
          )
        : outOfMemory(bytes / 4)
    }
    return at
  }
}

/** The WebAssembly kernels on worker threads. */
export async function openWasm(floats: number, threads: number, wanted?: WasmFlavour): Promise<Backend> {
  const { module, flavour } = compileKernels(wanted)
  let memory: WebAssembly.Memory
  try {
    memory = new WebAssembly.Memory({ initial: 4, maximum: mostPages, shared: true })
  } catch {
    throw outOfMemory(floats)
  }
  const kernels = instantiate(module, memory)
  const heap = (new WebAssembly.Instance(module, { env: { memory } }).exports.__heap_base as WebAssembly.Global)
    .value as number
  const claim = claimer(memory, heap)
  const stacks = claim(stackBytes * threads)
  const control = claim(controlBytes)
  new Int32Array(memory.buffer, control, 1)[0] = idle
  const arena = claim(floats * 4)
  let scratch = { address: 0, floats: 0 }
  const view = new Float32Array(memory.buffer, arena, floats)
  const pool = await startPool(threads, (thread) => ({
    wasm: { module, memory, control, stackTop: stacks + stackBytes * thread },
  }))
  const loaded = new WeakSet<LoadedProgram>()
  return {
    kind: 'wasm',
    name: `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${flavourNames[flavour]}`,
    threads,
    floats: view,
    load(calls): LoadedProgram {
      for (const call of calls) checkCall(call, floats)
      const address = claim(calls.length * callBytes)
      encodeCalls(calls, memory.buffer, address)
      const scratchPerThread = Math.ceil(kernels.prepare(address, calls.length) / 64) * 64 + 64
      if (scratchPerThread * threads > scratch.floats)
        scratch = { address: claim(scratchPerThread * threads * 4), floats: scratchPerThread * threads }
      const result: WasmProgram = { calls: [...calls], address, count: calls.length, scratchPerThread }
      loaded.add(result)
      return result
    },
    run(program) {
      if (!loaded.has(program)) throw new Error('This program was loaded by another back end.')
      const { address, count, scratchPerThread } = program as WasmProgram
      if (!count) return
      if (threads > 1) pool.ring()
      kernels.run(control, arena, scratch.address, scratchPerThread, address, count)
    },
    close: () => pool.close(),
  }
}
