/** Whole-tensor operations as those of TensorFlow.js. Its forward and gradient kernels are called; its gradients are not used. */
import type { Algebra, Geometry } from '../algebra/index.ts'
import type { Shape } from '../tensor.ts'
import type { Tensor, TensorFlow } from './library.ts'

export function tensorFlowAlgebra(tf: TensorFlow): Algebra<Tensor> {
  const float = (x: Tensor): Tensor => tf.cast(x, 'float32')
  const pad = (x: Tensor, before: readonly number[], after: readonly number[]): Tensor =>
    [...before, ...after].every((n) => n === 0)
      ? x
      : tf.pad(
          x,
          before.map((n, i) => [n, after[i]] as [number, number]),
        )
  const slice = (x: Tensor, from: readonly number[], size: Shape): Tensor => tf.slice(x, [...from], [...size])

  /** "same" pads as we do only without a stride: else it puts the larger half of the padding at the end. */
  const isSame = ({ stride, padding }: Geometry, kernel: Shape): boolean =>
    stride.every((s) => s === 1) && padding.every((p, i) => 2 * p === kernel[i] - 1)
  const padded = ({ padding }: Geometry, shape: Shape): number[] =>
    shape.map((size, i) => size + 2 * (padding[i - 1] ?? 0))
  const around = ({ padding }: Geometry, x: Tensor): Tensor => pad(x, [0, ...padding, 0], [0, ...padding, 0])
  const steps = ({ stride }: Geometry) => [...stride] as [number, number, number]
  /** A kernel that tfjs-core keeps to itself. */
  const run = (name: string, inputs: Record<string, Tensor>, attributes: Record<string, unknown>): Tensor =>
    tf.engine().runKernel(name, inputs, attributes as Parameters<ReturnType<TensorFlow['engine']>['runKernel']>[2])

  return {
    shapeOf: (x) => x.shape,
    full: (shape, value) => tf.fill([...shape], value),
    range: (shape) => tf.reshape(tf.range(0, shape[shape.length - 1], 1, 'float32'), [...shape]),

    add: (a, b) => tf.add(a, b),
    subtract: (a, b) => tf.sub(a, b),
    multiply: (a, b) => tf.mul(a, b),
    divide: (a, b) => tf.div(a, b),
    maximum: (a, b) => tf.maximum(a, b),
    greater: (a, b) => float(tf.greater(a, b)),
    equal: (a, b) => float(tf.equal(a, b)),
    select: (mask, a, b) => tf.where(tf.cast(mask, 'bool'), a, b),
    exp: (x) => tf.exp(x),
    log: (x) => tf.log(x),
    sqrt: (x) => tf.sqrt(x),
    abs: (x) => tf.abs(x),
    sigmoid: (x) => tf.sigmoid(x),
    tanh: (x) => tf.tanh(x),

    sum: (x, axes) => tf.sum(x, [...axes], true),
    max: (x, axis) => tf.max(x, axis, true),
    argMax: (x) => float(tf.expandDims(tf.argMax(x, -1), -1)),
    softmax: (x) => tf.softmax(x),
    matmul: (a, b, transposeA, transposeB) => tf.matMul(a, b, transposeA, transposeB),

    reshape: (x, shape) => tf.reshape(x, [...shape]),
    transpose: (x, order) => tf.transpose(x, [...order]),
    reverse: (x, axis) => tf.reverse(x, axis),
    slice,
    pad,
    concat: (parts, axis) => tf.concat([...parts], axis),

    conv(x, filter, geometry) {
      const same = isSame(geometry, filter.shape)
      const input = (same ? x : around(geometry, x)) as Parameters<TensorFlow['conv3d']>[0]
      return tf.conv3d(input, filter as Parameters<TensorFlow['conv3d']>[1], steps(geometry), same ? 'same' : 'valid')
    },
    convInputGradient(dy, filter, geometry, input) {
      const same = isSame(geometry, filter.shape)
      const inputShape = same ? [...input] : padded(geometry, input)
      const attributes = { inputShape, strides: steps(geometry), pad: same ? 'same' : 'valid' }
      const dx = run('Conv3DBackpropInputV2', { dy, filter }, attributes)
      return same ? dx : slice(dx, [0, ...geometry.padding, 0], input)
    },
    convFilterGradient(x, dy, geometry, filter) {
      const same = isSame(geometry, filter)
      const attributes = { filterShape: [...filter], strides: steps(geometry), pad: same ? 'same' : 'valid' }
      return run('Conv3DBackpropFilterV2', { x: same ? x : around(geometry, x), dy }, attributes)
    },
  }
}
