import type { Backend, LoadedProgram } from './backend.ts'
import { checkCall } from './check.ts'
import { reference } from './reference.ts'

/** The plain kernels on one thread: slow, right, and always there. */
export function openReference(floats: Float32Array): Backend {
  return {
    kind: 'reference',
    name: 'CPU, 1 thread, plain JavaScript',
    threads: 1,
    floats,
    load(calls): LoadedProgram {
      calls.forEach(checkCall)
      return { calls: [...calls] }
    },
    run(program) {
      for (const call of program.calls) reference[call.kernel](floats, call.ints, call.reals, 0, 1)
    },
    async close() {},
  }
}
