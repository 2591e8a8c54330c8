import { loadAddon, levelNames } from './addon.ts'
import type { Backend, LoadedProgram } from './backend.ts'
import { checkCall } from './check.ts'
import { callBytes, controlBytes, encodeCalls, idle } from './encode.ts'
import { allocateFloats } from './memory.ts'
import { startPool } from './pool.ts'

interface NativeProgram extends LoadedProgram {
  readonly program: Int32Array
  readonly count: number
  readonly scratchPerThread: number
}

/** A view that starts at a multiple of 64 bytes, of a buffer with room for that. */
function aligned(
  view: Float32Array<SharedArrayBuffer>,
  address: number,
  length: number,
): Float32Array<SharedArrayBuffer> {
  const skip = ((64 - (address % 64)) % 64) / 4
  return new Float32Array(view.buffer, view.byteOffset + skip * 4, length)
}

/** Kernels read whole vectors: up to this many floats beyond the end of what they use. */
const slack = 64

/** The native kernels on worker threads. `level` picks an instruction set below the best (for tests and comparison). */
export async function openNative(floats: number, threads: number, level?: number): Promise<Backend> {
  const addon = loadAddon()
  const best = addon.bestLevel()
  const chosen = level ?? best
  if (!(chosen >= 0 && chosen <= best))
    throw new Error(`This processor does not support ${levelNames[chosen] ?? chosen}.`)
  const claim = (count: number): Float32Array<SharedArrayBuffer> => {
    const raw = allocateFloats(count + slack)
    return aligned(raw, addon.address(raw), count)
  }
  const arena = claim(floats)
  let scratch = claim(16)
  const line = claim(controlBytes / 4)
  const control = new Int32Array(line.buffer, line.byteOffset, line.length)
  control[0] = idle
  const pool = await startPool(threads, () => ({ native: { control } }))
  const loaded = new WeakSet<LoadedProgram>()
  return {
    kind: 'addon',
    name: `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${levelNames[chosen]}`,
    threads,
    floats: arena,
    load(calls): LoadedProgram {
      for (const call of calls) checkCall(call, floats)
      const memory = claim((calls.length * callBytes) / 4)
      const program = new Int32Array(memory.buffer, memory.byteOffset, memory.length)
      encodeCalls(calls, memory.buffer, memory.byteOffset)
      const need = addon.prepare(chosen, program, calls.length)
      const scratchPerThread = Math.ceil(need / 64) * 64 + 64
      if (scratchPerThread * threads > scratch.length) scratch = claim(scratchPerThread * threads)
      const result: NativeProgram = { calls: [...calls], program, count: calls.length, scratchPerThread }
      loaded.add(result)
      return result
    },
    run(program) {
      if (!loaded.has(program)) throw new Error('This program was loaded by another back end.')
      const { program: encoded, count, scratchPerThread } = program as NativeProgram
      if (!count) return
      if (threads > 1) pool.ring()
      addon.run(control, chosen, arena, scratch, scratchPerThread, encoded, count)
    },
    close: () => pool.close(),
  }
}
