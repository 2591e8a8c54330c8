/**
 * The end of the line that has the GPU: keeps arenas and programs by number, and does what the other end wishes. Runs in a
 * worker of the hidden page; knows nothing of Electron, and serves as well in Node.
 */
import { EngineError } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import type { LoadedProgram } from '../../kernels/backend.ts'
import { findAdapter, sharedDevice } from '../adapter.ts'
import { openWebGpu } from '../executor.ts'
import { failure } from '../failure.ts'
import type { Line } from './line.ts'
import type { Answer, FoundGpu, Wish } from './messages.ts'

interface Arena {
  readonly executor: Executor
  readonly programs: Map<number, LoadedProgram>
  /** What went wrong with a wish that has no answer; told with the next one that has. */
  problem: unknown
}

/** Serves until the line closes. `gpu` is the navigator's; undefined where the page has none. */
export function serveGpu(line: Line, gpu: GPU | undefined): void {
  const arenas = new Map<number, Arena>()
  let open: ((floats: number, half: boolean) => Promise<Executor>) | null = null

  const find = async (): Promise<FoundGpu | string> => {
    if (!gpu) return 'The app has no WebGPU on this system. The processor is used.'
    const adapter = await findAdapter(gpu)
    if (typeof adapter === 'string') return adapter
    const { name, software, half } = adapter
    const device = sharedDevice(adapter)
    open = async (floats, half) => openWebGpu({ device: await device(), name, floats, half: half ? 'f16' : null })
    return { name, software, half }
  }

  const at = (number: number): Arena => {
    const arena = arenas.get(number)
    if (!arena) throw new EngineError('device', 'This session has been closed.')
    return arena
  }

  /** The value for an answer, or its promise. */
  const fulfil = (wish: Wish): unknown => {
    switch (wish.type) {
      case 'find':
        return find()
      case 'arena':
        if (!open) throw new EngineError('device', 'The GPU has not been looked for.')
        return open(wish.floats, wish.half).then((executor) => {
          arenas.set(wish.arena, { executor, programs: new Map(), problem: null })
        })
      case 'load': {
        const { executor, programs } = at(wish.arena)
        return Promise.resolve(executor.load(wish.calls)).then((program) => void programs.set(wish.program, program))
      }
      case 'run': {
        const { executor, programs } = at(wish.arena)
        return executor.run(programs.get(wish.program)!)
      }
      case 'write':
        return at(wish.arena).executor.write({ offset: wish.offset, size: wish.values.length }, (values) =>
          values.set(wish.values),
        )
      case 'read': {
        const { executor, problem } = at(wish.arena)
        if (problem) throw problem
        return executor.read(wish.ranges)
      }
      case 'close': {
        const { executor } = at(wish.arena)
        arenas.delete(wish.arena)
        return executor.close()
      }
    }
  }

  const answer = async (wish: Wish & { question: number }): Promise<Answer> => {
    try {
      return { question: wish.question, ok: true, value: await fulfil(wish) }
    } catch (error) {
      const { code, message } = failure(error)
      return { question: wish.question, ok: false, code, message }
    }
  }

  line.onMessage((message) => {
    const wish = message as Wish
    if ('question' in wish) return void answer(wish).then((reply) => line.send(reply))
    try {
      fulfil(wish)
    } catch (error) {
      const arena = arenas.get(wish.arena)
      if (arena) arena.problem ??= error
    }
  })
  line.onClose(() => {
    for (const { executor } of arenas.values()) void executor.close()
    arenas.clear()
  })
}
