/** Where the time of a step goes. */
import type { Backend } from './kernels/index.ts'
import type { Program } from './program.ts'

/** By "operation forward: kernel" or "operation backward: kernel". */
export type Profile = Map<string, { calls: number; milliseconds: number }>

/**
 * Run a whole step one call at a time with a clock. The sum is more than a step takes, since each call is started anew.
 * Parameters change, as by one more step at the last rate.
 */
export function profileProgram(program: Program, backend: Backend): Profile {
  const times: Profile = new Map()
  for (const name of ['prepare', 'forward', 'backward', 'update'] as const) {
    program.segments[name].forEach((call, i) => {
      const loaded = backend.load([call])
      const start = performance.now()
      backend.run(loaded)
      const milliseconds = performance.now() - start
      const key = `${program.labels[name][i]}: ${call.kernel}`
      const sum = times.get(key) ?? { calls: 0, milliseconds: 0 }
      times.set(key, { calls: sum.calls + 1, milliseconds: sum.milliseconds + milliseconds })
    })
  }
  return times
}
