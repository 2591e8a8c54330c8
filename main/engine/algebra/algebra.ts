/**
 * Operations on whole tensors, as every tensor library has them. Said in these, the kernels (rules/) run on any such
 * library: written down as an ONNX model, or one by one in TensorFlow.js.
 */
import type { Shape } from '../tensor.ts'

export type Triple = readonly [number, number, number]

/** Steps of a convolution, and the zeros before and after each axis of its input. */
export interface Geometry {
  readonly stride: Triple
  readonly padding: Triple
}

/**
 * `V` is a tensor of float32. Operations on two tensors broadcast as NumPy does; masks hold 1 where something is true and 0
 * elsewhere; volumes are [N, D, H, W, C], filters [kd, kh, kw, Ci, Co]. Sums over many values are as exact as can be had.
 */
export interface Algebra<V> {
  shapeOf(x: V): Shape
  /** Every value the same. */
  full(shape: Shape, value: number): V
  /** 0, 1, 2 … in the last axis; all other sizes are 1. */
  range(shape: Shape): V

  add(a: V, b: V): V
  subtract(a: V, b: V): V
  multiply(a: V, b: V): V
  divide(a: V, b: V): V
  maximum(a: V, b: V): V
  greater(a: V, b: V): V
  equal(a: V, b: V): V
  /** a where the mask is 1, else b: also where the other is no number. */
  select(mask: V, a: V, b: V): V
  exp(x: V): V
  log(x: V): V
  sqrt(x: V): V
  abs(x: V): V
  sigmoid(x: V): V
  tanh(x: V): V

  /** Sums and maxima keep the axes, with size 1. */
  sum(x: V, axes: readonly number[]): V
  max(x: V, axis: number): V
  /** Place of the first maximum in the last axis, which becomes 1. */
  argMax(x: V): V
  /** Over the last axis. */
  softmax(x: V): V
  /** Of two matrices. */
  matmul(a: V, b: V, transposeA: boolean, transposeB: boolean): V

  reshape(x: V, shape: Shape): V
  transpose(x: V, order: readonly number[]): V
  reverse(x: V, axis: number): V
  slice(x: V, from: readonly number[], size: Shape): V
  /** Zeros around. */
  pad(x: V, before: readonly number[], after: readonly number[]): V
  concat(parts: readonly V[], axis: number): V

  conv(x: V, filter: V, geometry: Geometry): V
  /** Of `conv` with respect to its input, which has the given shape. */
  convInputGradient(dy: V, filter: V, geometry: Geometry, input: Shape): V
  /** Of `conv` with respect to its filter, which has the given shape. */
  convFilterGradient(x: V, dy: V, geometry: Geometry, filter: Shape): V
}
