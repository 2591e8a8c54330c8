import type { Backend, LoadedProgram } from './backend.ts'
import { checkCall } from './check.ts'
import { reference } from './reference.ts'

/** The plain kernels on one thread: slow, right, and always there. */
export function openReference(floats: Float32Array): Backend {
  const loaded = new WeakSet<LoadedProgram>()
  return {
    kind: 'reference',
    name: 'CPU, 1 thread, plain JavaScript',
    threads: 1,
    floats,
    load(calls): LoadedProgram {
      for (const call of calls) checkCall(call, floats.length)
      const program: LoadedProgram = { calls: [...calls] }
      loaded.add(program)
      return program
    },
    run(program) {
      if (!loaded.has(program)) throw new Error('This program was loaded by another back end.')
      for (const call of program.calls) reference[call.kernel](floats, call.ints, call.reals, 0, 1)
    },
    async close() {},
  }
}
