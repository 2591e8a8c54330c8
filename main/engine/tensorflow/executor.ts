/**
 * The executor over TensorFlow.js: each call of a program becomes operations on tensors, at once. Between calls there is one
 * tensor for each area of the arena, and nothing else.
 */
import { Areas, Machine, perform } from '../algebra/index.ts'
import { EngineError } from '../errors.ts'
import type { Executor } from '../executor.ts'
import { checkCall } from '../kernels/check.ts'
import type { KernelCall, LoadedProgram } from '../kernels/index.ts'
import type { Range } from '../program.ts'
import { tensorFlowAlgebra } from './algebra.ts'
import type { Tensor, TensorFlow } from './library.ts'

export interface TensorFlowOptions {
  readonly tf: TensorFlow
  /** For people. */
  readonly name: string
  readonly floats: number
  /** Where kept buffers end (see Program); by default everything is kept. */
  readonly kept?: number
}

export function openTensorFlow(options: TensorFlowOptions): Executor {
  const { tf, name, floats, kept = floats } = options
  const algebra = tensorFlowAlgebra(tf)
  const areas = new Areas<Tensor>({
    algebra,
    kept,
    source: (_offset, size) => tf.zeros([size]),
    keep: (value) => tf.keep(tf.clone(value)),
    released: ({ value }) => value.dispose(),
  })
  const machine = new Machine(algebra, areas)
  const loaded = new WeakSet<LoadedProgram>()
  let closed = false

  /** Do something with tensors, of which only those that the areas keep stay. */
  const tidied = <T>(action: () => T): T => {
    if (closed) throw new EngineError('device', 'This session has been closed.')
    try {
      // tidy wants no promise and gives back tensors alone.
      let result!: T
      tf.tidy(() => void (result = action()))
      return result
    } catch (error) {
      throw failure(error)
    }
  }

  return {
    kind: 'tensorflow',
    name,
    threads: 1,
    load(calls: readonly KernelCall[]): LoadedProgram {
      for (const call of calls) checkCall(call, floats)
      const program = { calls: [...calls] }
      loaded.add(program)
      return program
    },
    run(program) {
      if (!loaded.has(program)) throw new Error('This program was loaded by another back end.')
      for (const call of program.calls) tidied(() => perform(machine, call))
    },
    write({ offset, size }: Range, fill) {
      const values = new Float32Array(size)
      fill(values)
      tidied(() => areas.write({ offset, size, value: tf.tensor1d(values), volume: false }))
    },
    async read(ranges) {
      const tensors = tidied(() => ranges.map(({ offset, size }) => tf.keep(tf.clone(areas.flat(offset, size)))))
      try {
        return await Promise.all(tensors.map((tensor) => tensor.data() as Promise<Float32Array>))
      } catch (error) {
        throw failure(error)
      } finally {
        for (const tensor of tensors) tensor.dispose()
      }
    },
    async close() {
      if (!closed) areas.clear()
      closed = true
    },
  }
}

function failure(error: unknown): unknown {
  if (error instanceof EngineError) return error
  const message = error instanceof Error ? error.message : String(error)
  return /oom|out of memory|resource.?exhausted|failed to allocate/i.test(message)
    ? new EngineError('memory', `TensorFlow has not enough memory for this: use a smaller patch or batch. (${message})`)
    : new EngineError('device', `TensorFlow stopped working: ${message}`)
}
