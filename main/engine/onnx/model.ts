/**
 * Writing ONNX models (onnx.proto, IR version 8, operator set 17: what runtimes since 2022 read). A model is a list of nodes
 * over named values; every shape is known when a node is added.
 */
import { count, type Shape } from '../tensor.ts'
import { float, inside, integer, message, text, data } from './protobuf.ts'

type Field = Parameters<typeof message>[0][number]

/** A value of the model. */
export interface Value {
  readonly name: string
  readonly shape: Shape
}

/** Whole numbers become INT or INTS, numbers wrapped in `real` FLOAT, words STRING. */
export type Attribute = number | readonly number[] | { readonly real: number } | string

export interface Names {
  readonly graph: string
  readonly version: string
  readonly description: string
  /** metadata_props: for whoever finds the file. */
  readonly metadata?: Readonly<Record<string, string>>
}

const irVersion = 8
const operatorSet = 17
// TensorProto.DataType
const types = { float: 1, int64: 7, bool: 9, double: 11 } as const
export const floatType = types.float
export const doubleType = types.double
export const boolType = types.bool

export class ModelWriter {
  readonly #nodes: Field[] = []
  readonly #initialisers: Field[] = []
  readonly #inputs: Field[] = []
  readonly #outputs: Field[] = []
  readonly #constants = new Map<string, Value>()
  #count = 0

  /** Add a node with one output, of which the shape is told. */
  node(
    op: string,
    inputs: readonly Value[],
    shape: Shape,
    attributes: Readonly<Record<string, Attribute>> = {},
    name = this.#fresh(op),
  ): Value {
    this.#nodes.push(
      inside(1, [
        ...inputs.map((input) => text(1, input.name)),
        text(2, name),
        text(3, name),
        text(4, op),
        ...Object.entries(attributes).map(([name, value]) => inside(5, attribute(name, value))),
      ]),
    )
    return { name, shape }
  }

  input(name: string, shape: Shape): Value {
    this.#inputs.push(inside(11, valueInfo(name, shape)))
    return { name, shape }
  }

  output({ name, shape }: Value): void {
    this.#outputs.push(inside(12, valueInfo(name, shape)))
  }

  /** Values that belong to the model. */
  weights(name: string, shape: Shape, values: Float32Array): Value {
    return this.#initialiser(name, shape, types.float, values)
  }

  /** A scalar, or a short list with a shape of its own; the same one is written once. */
  floats(values: readonly number[], shape: Shape = [values.length]): Value {
    return this.#constant(`f${values.join('_')}|${shape.join('x')}`, shape, types.float, Float32Array.from(values))
  }

  /** Sizes, axes and the like. */
  integers(values: readonly number[]): Value {
    return this.#constant(`i${values.join('_')}`, [values.length], types.int64, BigInt64Array.from(values.map(BigInt)))
  }

  /** The file's bytes. */
  finish({ graph, version, description, metadata = {} }: Names): Uint8Array {
    return message([
      integer(1, irVersion),
      text(2, 'Handful'),
      text(3, version),
      text(6, description),
      inside(7, [...this.#nodes, text(2, graph), ...this.#initialisers, ...this.#inputs, ...this.#outputs]),
      inside(8, [text(1, ''), integer(2, operatorSet)]),
      ...Object.entries(metadata).map(([key, value]) => inside(14, [text(1, key), text(2, value)])),
    ])
  }

  #fresh(op: string): string {
    return `${op}_${this.#count++}`
  }

  #constant(key: string, shape: Shape, type: number, values: Float32Array | BigInt64Array): Value {
    let value = this.#constants.get(key)
    if (!value) {
      value = this.#initialiser(`constant_${this.#constants.size}`, shape, type, values)
      this.#constants.set(key, value)
    }
    return value
  }

  #initialiser(name: string, shape: Shape, type: number, values: Float32Array | BigInt64Array): Value {
    if (count(shape) !== values.length)
      throw new Error(`${name}: ${values.length} values are no [${shape.join(', ')}].`)
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    this.#initialisers.push(inside(5, [integer(1, shape), integer(2, type), text(8, name), data(9, bytes)]))
    return { name, shape }
  }
}

/** AttributeProto: the value by its type, and the type. */
function attribute(name: string, value: Attribute): Field[] {
  const [float1, int, string, ints] = [1, 2, 3, 7]
  if (typeof value === 'string') return [text(1, name), text(4, value), integer(20, string)]
  if (typeof value === 'number') return [text(1, name), integer(3, value), integer(20, int)]
  if ('real' in value) return [text(1, name), float(2, value.real), integer(20, float1)]
  return [text(1, name), integer(8, value), integer(20, ints)]
}

/** ValueInfoProto of a float tensor. */
function valueInfo(name: string, shape: Shape): Field[] {
  const sizes = shape.map((size) => inside(1, [integer(1, size)]))
  return [text(1, name), inside(2, [inside(1, [integer(1, types.float), inside(2, sizes)])])]
}
