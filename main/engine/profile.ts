/** Where the time of a step goes. */
import type { Executor } from './executor.ts'
import type { Program } from './program.ts'

/** By "operation forward: kernel" or "operation backward: kernel". */
export type Profile = Map<string, { calls: number; milliseconds: number }>

/**
 * Run a whole step one call at a time with a clock. The sum is more than a step takes, since each call is started anew.
 * Parameters change, as by one more step at the last rate.
 */
export async function profileProgram(program: Program, executor: Executor): Promise<Profile> {
  const times: Profile = new Map()
  for (const name of ['prepare', 'forward', 'backward', 'update'] as const) {
    for (const [i, call] of program.segments[name].entries()) {
      const loaded = await executor.load([call])
      const start = performance.now()
      executor.run(loaded)
      await executor.read([{ offset: 0, size: 1 }])
      const milliseconds = performance.now() - start
      const key = `${program.labels[name][i]}: ${call.kernel}`
      const sum = times.get(key) ?? { calls: 0, milliseconds: 0 }
      times.set(key, { calls: sum.calls + 1, milliseconds: sum.milliseconds + milliseconds })
    }
  }
  return times
}
