/**
 * The executor that writes every program as an ONNX model and lets ONNX Runtime run it: slow, since all that a program
 * writes goes back to the arena, but an answer by other people's kernels.
 */
import { EngineError } from '../errors.ts'
import type { Executor } from '../executor.ts'
import type { KernelCall, LoadedProgram } from '../kernels/index.ts'
import { checkCall } from '../kernels/check.ts'
import type { Range } from '../program.ts'
import type { Area } from '../algebra/index.ts'
import type { Value } from './model.ts'
import { loadRuntime, type Runtime } from './runtime.ts'
import { Translation, type Port } from './translate.ts'

type InferenceSession = Awaited<ReturnType<Runtime['InferenceSession']['create']>>

interface OnnxProgram extends LoadedProgram {
  /** null for a program without calls. */
  readonly session: InferenceSession | null
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
}

export interface OnnxOptions {
  readonly floats: number
  /** Where kept buffers end (see Program); by default everything is kept. */
  readonly kept?: number
}

export async function openOnnx({ floats, kept = floats }: OnnxOptions): Promise<Executor> {
  return new Machine(await loadRuntime(), floats, kept)
}

class Machine implements Executor {
  readonly kind = 'onnx'
  readonly name = 'ONNX Runtime, CPU'
  readonly threads = 1
  readonly #runtime: Runtime
  readonly #kept: number
  readonly #loaded: OnnxProgram[] = []
  #arena: Float32Array
  /** Runs and writes in the order of the calls; what went wrong is told when something is read. */
  #done: Promise<void> = Promise.resolve()
  #closed = false

  constructor(runtime: Runtime, floats: number, kept: number) {
    this.#runtime = runtime
    this.#arena = new Float32Array(floats)
    this.#kept = kept
  }

  async load(calls: readonly KernelCall[]): Promise<LoadedProgram> {
    for (const call of calls) checkCall(call, this.#arena.length)
    const program: OnnxProgram =
      calls.length === 0
        ? { calls: [], session: null, inputs: [], outputs: [] }
        : { calls: [...calls], ...(await this.#compile(calls)) }
    this.#loaded.push(program)
    return program
  }

  async #compile(calls: readonly KernelCall[]): Promise<Pick<OnnxProgram, 'session' | 'inputs' | 'outputs'>> {
    const translation = new Translation(this.#kept)
    translation.perform(calls)
    const outputs = translation.written().map((area) => flatOutput(translation, area))
    const bytes = translation.model.finish({ graph: 'program', version: '', description: '' })
    // One thread: sums come out the same every time. Only errors are worth a line.
    const session = await this.#runtime.InferenceSession.create(bytes, {
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
      graphOptimizationLevel: 'disabled',
    })
    return { session, inputs: [...translation.inputs], outputs }
  }

  run(program: LoadedProgram): void {
    const one = this.#loaded.find((known) => known === program)
    if (!one) throw new Error('This program was loaded by another back end.')
    if (this.#closed) throw new EngineError('device', 'This session has been closed.')
    if (one.session) this.#then(() => this.#run(one, one.session!))
  }

  async #run({ inputs, outputs }: OnnxProgram, session: InferenceSession): Promise<void> {
    const { Tensor } = this.#runtime
    const given = inputs.map(({ name, offset, size }) => {
      return [name, new Tensor('float32', this.#arena.subarray(offset, offset + size), [size])] as const
    })
    const results = await session.run(Object.fromEntries(given))
    for (const { name, offset } of outputs) this.#arena.set(results[name].data as Float32Array, offset)
  }

  write(range: Range, fill: (values: Float32Array) => void): void {
    const values = new Float32Array(range.size)
    fill(values)
    this.#then(() => this.#arena.set(values, range.offset))
  }

  async read(ranges: readonly Range[]): Promise<readonly Float32Array[]> {
    await this.#done
    return ranges.map(({ offset, size }) => this.#arena.subarray(offset, offset + size))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#done.catch(() => {})
    await Promise.all(this.#loaded.map(({ session }) => session?.release()))
    this.#arena = new Float32Array(0)
  }

  #then(action: () => void | Promise<void>): void {
    this.#done = this.#done.then(action)
    this.#done.catch(() => {})
  }
}

/** Bring an area into the form that it has in the arena, as an output of the model. */
function flatOutput({ model, areas }: Translation, { offset, size }: Area<Value>): Port {
  const value = model.node('Identity', [areas.flat(offset, size)], [size])
  model.output(value)
  return { name: value.name, offset, size }
}
