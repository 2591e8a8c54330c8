/** Calls of kernels over an arena written as one ONNX model. */
import { Areas, Machine, perform, type Area } from '../algebra/index.ts'
import type { KernelCall } from '../kernels/table.ts'
import { onnxAlgebra } from './algebra.ts'
import { ModelWriter, type Value } from './model.ts'

/** A place of the arena and the value of the model that stands for it. */
export interface Port {
  readonly name: string
  readonly offset: number
  readonly size: number
}

export class Translation {
  readonly model = new ModelWriter()
  readonly areas: Areas<Value>
  /** What the calls read and nobody wrote before: inputs of the model, flat. */
  readonly inputs: Port[] = []
  readonly #machine: Machine<Value>
  readonly #given = new Set<Value>()

  /** `kept`: see Areas. `zeros`: what nobody wrote is zero, instead of an input. */
  constructor(kept: number, { zeros = false } = {}) {
    const algebra = onnxAlgebra(this.model)
    this.areas = new Areas<Value>({
      algebra,
      kept,
      source: (offset, size) => (zeros ? algebra.full([size], 0) : this.#input(offset, size)),
    })
    this.#machine = new Machine(algebra, this.areas)
  }

  perform(calls: readonly KernelCall[]): void {
    for (const call of calls) perform(this.#machine, call)
  }

  /** The areas that the calls wrote. */
  written(): Area<Value>[] {
    return this.areas.all().filter(({ value }) => !this.#given.has(value))
  }

  #input(offset: number, size: number): Value {
    const value = this.model.input(`arena_${offset}`, [size])
    this.#given.add(value)
    this.inputs.push({ name: value.name, offset, size })
    return value
  }
}
