/**
 * Rows of a table made side by side. Each lane has a project of its own, since a project takes one training at a time, and its
 * share of the cores. Results do not depend on how many lanes there are.
 */
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'

/** Small patches keep two threads busy, many more idle; a training has been seen to take up to 3 GB. */
const each = { cores: 2, bytes: 4 * 2 ** 30 }

/**
 * jobs: how many are asked for; undefined: as many as cores and memory have room for. device: undefined: the fastest. Returns
 * the number of lanes, and threads and device as the command line takes them.
 */
export function planLanes(
  { jobs: asked, device }: Readonly<Record<string, string | undefined>>,
  units: number,
): { lanes: number; computing: string[] } {
  const cores = availableParallelism()
  const room = Math.min(Math.floor(cores / each.cores), Math.floor(totalmem() / each.bytes))
  if (asked !== undefined && !/^[1-9]\d*$/.test(asked)) throw new Error('--jobs takes a whole number from 1.')
  const lanes = Math.max(1, Math.min(units, asked === undefined ? room : Number(asked)))
  const threads = lanes === 1 ? [] : ['--threads', String(Math.max(1, Math.floor(cores / lanes)))]
  return { lanes, computing: [...threads, ...(device ? ['--device', device] : [])] }
}

export const projectOf = (folder: string, lane: number): string =>
  join(folder, lane === 0 ? 'project' : `project-${lane + 1}`)

/**
 * Works through the units in their order, a lane taking the next one when it is free. bound: the project in which a unit was begun
 * (by a command that was stopped, perhaps with more lanes), null for any. After a failure no further unit is begun, those at work
 * end, and the first failure is thrown.
 */
export async function workInLanes<Unit>(
  units: readonly Unit[],
  lanes: number,
  bound: (unit: Unit) => number | null,
  work: (unit: Unit, project: number) => Promise<void>,
): Promise<void> {
  const left = [...units]
  let failed = false
  const run = async (lane: number): Promise<void> => {
    for (;;) {
      const next = left.findIndex((unit) => (bound(unit) ?? lane) % lanes === lane)
      if (failed || next < 0) return
      const [unit] = left.splice(next, 1)
      try {
        await work(unit, bound(unit) ?? lane)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: lanes }, (_, lane) => run(lane)))
  const rejected = ended.find((one) => one.status === 'rejected')
  if (rejected) throw rejected.reason
}
