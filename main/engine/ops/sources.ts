/** Nodes without inputs: what the host writes (inputs), what is trained (parameters), what never changes (constants). */
import type { InputAttributes, ParameterAttributes, Graph } from '../graph.ts'
import { floatsOf, type Shape, type Tensor, type TensorKind } from '../tensor.ts'
import { shapeError, type Op } from './op.ts'

const ranks: Partial<Record<TensorKind, number>> = { volume: 5, matrix: 2, vector: 1, scalar: 1 }

function checkRank(op: string, kind: TensorKind, shape: Shape): void {
  const rank = ranks[kind]
  if (rank !== undefined && shape.length !== rank) throw shapeError(op, `a ${kind} has ${rank} sizes`, { kind, shape })
}

/** Inputs lie in a kept buffer that the session writes; nothing to emit. */
export const input: Op = {
  infer(_inputs, attributes) {
    const { kind, shape, name } = attributes as unknown as InputAttributes
    checkRank(`input "${name}"`, kind, shape)
    return [{ kind, shape }]
  },
  forward(node, e) {
    e.buffer(node.outputs[0])
  },
}

export const parameter: Op = {
  infer(_inputs, attributes) {
    const { shape } = attributes as unknown as ParameterAttributes
    const kind = shape.length === 2 ? 'matrix' : shape.length === 1 ? 'vector' : 'dense'
    return [{ kind, shape }]
  },
  forward() {},
}

interface ConstantAttributes {
  readonly kind: TensorKind
  readonly shape: Shape
  readonly value: number
}

/** Every value the same. */
export const constant: Op = {
  infer(_inputs, attributes) {
    const { kind, shape } = attributes as unknown as ConstantAttributes
    checkRank('constant', kind, shape)
    if (kind === 'volume') throw shapeError('constant', 'cannot be a volume, whose halo must stay zero')
    return [{ kind, shape }]
  },
  forward(node, e) {
    const [out] = node.outputs
    e.emit('fill', { y: e.buffer(out), size: floatsOf(out), value: (node.attributes as { value: number }).value })
  },
}

/** A matrix [R, C] or vector [C] filled with one value. */
export function constantOf(graph: Graph, shape: Shape, value: number): Tensor {
  return graph.add('constant', [], { kind: shape.length === 2 ? 'matrix' : 'vector', shape: [...shape], value })[0]
}
