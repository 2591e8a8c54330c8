/** What every operation consists of: a shape rule, a forward rule and a gradient rule. */
import type { Backward, Forward } from '../rules.ts'
import { EngineError } from '../errors.ts'
import {
  count,
  describe,
  type Attributes,
  type Node,
  type Tensor,
  type TensorKind,
  type TensorSpec,
} from '../tensor.ts'

export interface Op {
  /** Check kinds and shapes of the inputs; tell those of the outputs. Throws EngineError 'shape'. */
  infer(inputs: readonly TensorSpec[], attributes: Attributes): TensorSpec[]
  /** Emit the steps that compute the outputs. */
  forward(node: Node, e: Forward): void
  /** Emit the steps that carry the gradients of the outputs to the inputs. Absent: the operation has no gradient. */
  backward?(node: Node, e: Backward): void
  /** Emit what happens after the optimiser's step, when the step was taken. */
  update?(node: Node, e: Forward): void
  /** Floating-point operations of the forward pass (a multiply-add is two); 0 where it does not matter. */
  flops?(node: Node): number
}

export type Stride = readonly [number, number, number]

/** An error that names the operation, what was expected and what came. */
export function shapeError(op: string, expected: string, ...inputs: readonly TensorSpec[]): EngineError {
  const got = inputs.length > 0 ? ` Got ${inputs.map(describe).join(' and ')}.` : ''
  return new EngineError('shape', `${op}: ${expected}.${got}`)
}

/** Throw unless the inputs have the kinds; `'any'` lets everything pass. */
export function checkKinds(op: string, inputs: readonly TensorSpec[], kinds: readonly (TensorKind | 'any')[]): void {
  if (inputs.length !== kinds.length) throw shapeError(op, `needs ${kinds.length} inputs, not ${inputs.length}`)
  inputs.forEach((input, i) => {
    if (kinds[i] === 'any' || input.kind === kinds[i]) return
    throw shapeError(op, `input ${i + 1} must be a ${kinds[i]}`, input)
  })
}

/** Check an optional last input: a bias or similar, a vector with one value per channel. */
export function checkVector(op: string, what: string, vector: TensorSpec | undefined, c: number): void {
  if (!vector || (vector.kind === 'vector' && vector.shape[0] === c)) return
  throw shapeError(op, `the ${what} must be a vector with one value for each of ${c} channels`, vector)
}

export function checkStride(op: string, what: string, stride: unknown): Stride {
  const values = stride as Stride
  if (Array.isArray(values) && values.length === 3 && values.every((s) => s === 1 || s === 2)) return values
  throw shapeError(op, `${what} must be three numbers, each 1 or 2, not [${String(stride)}]`)
}

/** Named sizes of a volume, as the kernels want them. */
export function sizesOf({ shape: [n, d, h, w, c] }: TensorSpec) {
  return { n, d, h, w, c }
}

export const voxels = ({ shape: [, d, h, w] }: TensorSpec): number => d * h * w

/** Rows and columns of a matrix; a vector is one row. */
export function rowsOf({ kind, shape }: TensorSpec): { rows: number; c: number } {
  return kind === 'matrix' ? { rows: shape[0], c: shape[1] } : { rows: 1, c: count(shape) }
}

/** Add a node with one output. */
export const addOne = (op: string, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor =>
  inputs[0].graph.add(op, inputs, attributes)[0]
