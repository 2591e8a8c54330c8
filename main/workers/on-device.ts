/**
 * A run goes on when its GPU does not: from the last checkpoint, on the GPU again; and if it fails once more, or has not the
 * memory, on the processor, unless the user asked for the GPU by name. Each change is told.
 */
import { EngineError } from '../engine/index.ts'
import type { Host } from '../training/host.ts'

/** Work that goes on from its last checkpoint when it is started again. */
export type Work<T> = (device: string, host: Host) => Promise<T>

/** Rejects with the first error that another device would not mend. `device`: as in the run's config. */
export async function onDevice<T>(device: string, host: Host, work: Work<T>): Promise<T> {
  let [at, lost, name] = [device, 0, '']
  const listening: Host = {
    ...host,
    tell(message) {
      if (message.type === 'device') name = message.name
      host.tell(message)
    },
  }
  for (;;) {
    name = ''
    try {
      return await work(at, listening)
    } catch (error) {
      const next = after(error, at, name, lost)
      if (next === null || host.cancelled()) throw error
      const gone = (error as EngineError).code === 'device'
      if (gone) lost++
      const why = gone ? 'The GPU stopped working' : 'The GPU has not enough free memory for this'
      const where = next === 'cpu' ? 'the processor' : 'the GPU again'
      host.tell({ type: 'notice', text: `${why}. The work goes on from its last checkpoint, with ${where}.` })
      at = next
    }
  }
}

/** The device to go on with, or null. */
function after(error: unknown, at: string, name: string, lost: number): string | null {
  if (!(error instanceof EngineError) || !name.includes('through WebGPU')) return null
  if (error.code === 'device' && lost === 0) return at
  return (error.code === 'device' || error.code === 'memory') && at === 'auto' ? 'cpu' : null
}
