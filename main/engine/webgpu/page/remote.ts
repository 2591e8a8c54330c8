/** The end of the line that trains: the GPU of a page as executors of this process. */
import { EngineError } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import type { LoadedProgram } from '../../kernels/backend.ts'
import type { KernelCall } from '../../kernels/table.ts'
import type { Range } from '../../program.ts'
import { messageOf } from '../failure.ts'
import type { Gpu } from '../index.ts'
import type { Line } from './line.ts'
import type { Answer, FoundGpu, Wish } from './messages.ts'
import type { OpenPage } from '../../gpu-page.ts'

/** Milliseconds after which a page that has not said what GPU it has never will. */
const patience = 20_000
/** Milliseconds without an arena after which the page is closed: it holds memory, and compiled kernels. */
const idle = 60_000

interface Page {
  readonly questions: Questions
  readonly found: FoundGpu
}

async function connect(openPage: OpenPage, patience: number): Promise<Page | string> {
  try {
    const questions = new Questions(await openPage())
    const found = await within(patience, questions.ask<FoundGpu | string>({ type: 'find' }))
    if (typeof found !== 'string') return { questions, found }
    questions.close()
    return found
  } catch (error) {
    return `The GPU cannot be reached from the app: ${messageOf(error)}`
  }
}

/** The GPU of a page, or why there is none, in a sentence. Where the page is gone, the next arena opens a new one. */
export async function findPageGpu(openPage: OpenPage, times = { patience, idle }): Promise<Gpu | string> {
  const first = await connect(openPage, times.patience)
  if (typeof first === 'string') return first
  let page = first
  const { name, software, half } = page.found
  let arenas = 0
  let timer: NodeJS.Timeout | undefined
  const rest = () => {
    clearTimeout(timer)
    if (arenas === 0) timer = setTimeout(() => page.questions.close(), times.idle).unref()
  }
  rest()
  return {
    name,
    software,
    half,
    async arena(floats, half = false) {
      arenas++
      clearTimeout(timer)
      try {
        if (page.questions.lost) {
          const again = await connect(openPage, times.patience)
          if (typeof again === 'string') throw new EngineError('device', again)
          page = again
        }
        const executor = await RemoteExecutor.open(page.questions, name, floats, half)
        void executor.closed.then(() => (arenas--, rest()))
        return executor
      } catch (error) {
        arenas--
        rest()
        throw error
      }
    },
  }
}

type Distribute<T, K extends string> = T extends unknown ? Omit<T, K> : never
type Question = Distribute<Extract<Wish, { question: number }>, 'question'>

/** Questions that are open, and what becomes of them when the line breaks. */
class Questions {
  /** Why nothing will be answered any more. */
  lost: EngineError | null = null
  readonly #line: Line
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>()
  #last = 0

  constructor(line: Line) {
    this.#line = line
    line.onMessage((message) => {
      const answer = message as Answer
      const waiting = this.#open.get(answer.question)
      this.#open.delete(answer.question)
      if (answer.ok) waiting?.resolve(answer.value)
      else waiting?.reject(new EngineError(answer.code, answer.message))
    })
    line.onClose(() => this.#end())
  }

  #end(): void {
    this.lost ??= new EngineError(
      'device',
      'The GPU stopped working: the part of the app that uses it has ended. ' +
        'Continue from the last checkpoint, with a smaller patch or on the processor if it happens again.',
    )
    for (const waiting of this.#open.values()) waiting.reject(this.lost)
    this.#open.clear()
  }

  /** A number that was never given before. */
  number(): number {
    return ++this.#last
  }

  tell(wish: Exclude<Wish, { question: number }>): void {
    if (this.lost) throw this.lost
    this.#line.send(wish)
  }

  ask<T>(question: Question): Promise<T> {
    if (this.lost) return Promise.reject(this.lost)
    const number = this.number()
    const waiting = Promise.withResolvers<unknown>()
    this.#open.set(number, waiting)
    this.#line.send({ ...question, question: number })
    return waiting.promise as Promise<T>
  }

  close(): void {
    this.#end()
    this.#line.close()
  }
}

interface RemoteProgram extends LoadedProgram {
  readonly number: number
}

class RemoteExecutor implements Executor {
  readonly kind: 'webgpu' | 'webgpu-f16'
  readonly threads = 1
  readonly name: string
  readonly #questions: Questions
  readonly #arena: number
  readonly #loaded = new WeakSet<LoadedProgram>()
  readonly #ended = Promise.withResolvers<void>()

  private constructor(questions: Questions, name: string, arena: number, half: boolean) {
    this.#questions = questions
    this.kind = half ? 'webgpu-f16' : 'webgpu'
    this.name = half ? `${name}, half precision` : name
    this.#arena = arena
  }

  static async open(questions: Questions, name: string, floats: number, half: boolean): Promise<RemoteExecutor> {
    const arena = questions.number()
    await questions.ask({ type: 'arena', arena, floats, half })
    return new RemoteExecutor(questions, name, arena, half)
  }

  async load(calls: readonly KernelCall[]): Promise<LoadedProgram> {
    const program: RemoteProgram = { calls: [...calls], number: this.#questions.number() }
    await this.#questions.ask({ type: 'load', arena: this.#arena, program: program.number, calls: program.calls })
    this.#loaded.add(program)
    return program
  }

  run(program: LoadedProgram): void {
    if (!this.#loaded.has(program)) throw new Error('This program was loaded by another back end.')
    this.#questions.tell({ type: 'run', arena: this.#arena, program: (program as RemoteProgram).number })
  }

  write({ offset, size }: Range, fill: (values: Float32Array) => void): void {
    const values = new Float32Array(size)
    fill(values)
    this.#questions.tell({ type: 'write', arena: this.#arena, offset, values })
  }

  async read(ranges: readonly Range[]): Promise<readonly Float32Array[]> {
    return this.#questions.ask({ type: 'read', arena: this.#arena, ranges: ranges.map(({ offset, size }) => ({ offset, size })) }) // prettier-ignore
  }

  async close(): Promise<void> {
    // A page that is gone has closed its arenas.
    await this.#questions.ask({ type: 'close', arena: this.#arena }).catch(() => {})
    this.#ended.resolve()
  }

  get closed(): Promise<void> {
    return this.#ended.promise
  }
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('its page does not answer.')), milliseconds)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
