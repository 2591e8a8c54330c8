/**
 * Tensors of a graph: descriptions only, no values. The values live in the arena of a session.
 *
 * Kinds
 * - `volume` [N, D, H, W, C]: stored with a halo of one voxel (see kernels/table.ts); what networks are made of
 * - `dense` any shape: row-major without halo; targets, masks, filters
 * - `matrix` [R, C], `vector` [C], `scalar` [1]
 */
import { volumeSize } from './kernels/table.ts'
import type { Graph } from './graph.ts'

export type Shape = readonly number[]
export type TensorKind = 'volume' | 'dense' | 'matrix' | 'vector' | 'scalar'

/** What is known about a tensor before it belongs to a graph. */
export interface TensorSpec {
  readonly kind: TensorKind
  readonly shape: Shape
}

export interface Tensor extends TensorSpec {
  /** Position among all tensors of its graph. */
  readonly id: number
  readonly graph: Graph
}

/** A node: one operation, its inputs and outputs. Attributes are plain JSON. */
export interface Node {
  readonly op: string
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  readonly attributes: Attributes
}

export type Attributes = Readonly<Record<string, unknown>>

/** Number of values of a shape. */
export const count = (shape: Shape): number => shape.reduce((product, n) => product * n, 1)

/** Floats that a tensor takes in the arena (a volume with its halo). */
export function floatsOf({ kind, shape }: TensorSpec): number {
  if (kind !== 'volume') return count(shape)
  const [n, d, h, w, c] = shape
  return volumeSize(n, d, h, w, c)
}

/** "volume [2, 32, 32, 32, 16]", for messages. */
export const describe = ({ kind, shape }: TensorSpec): string => `${kind} [${shape.join(', ')}]`

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i])
