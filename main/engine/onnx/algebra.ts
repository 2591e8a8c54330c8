/** Whole-tensor operations written down as nodes of an ONNX model. Volumes stay [N, D, H, W, C] but for the convolutions. */
import type { Algebra, Geometry } from '../algebra/index.ts'
import { count, type Shape } from '../tensor.ts'
import { boolType, doubleType, floatType, type ModelWriter, type Value } from './model.ts'

/** The shape that two tensors broadcast to. */
function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  const size = (shape: Shape, i: number): number => shape[i - rank + shape.length] ?? 1
  return Array.from({ length: rank }, (_, i) => Math.max(size(a, i), size(b, i)))
}

const channelsFirst = [0, 4, 1, 2, 3]
const channelsLast = [0, 2, 3, 4, 1]

export function onnxAlgebra(model: ModelWriter): Algebra<Value> {
  const binary =
    (op: string) =>
    (a: Value, b: Value): Value =>
      model.node(op, [a, b], broadcast(a.shape, b.shape))
  const unary =
    (op: string) =>
    (x: Value): Value =>
      model.node(op, [x], x.shape)
  const cast = (x: Value, to: number): Value => model.node('Cast', [x], x.shape, { to })
  const compare =
    (op: string) =>
    (a: Value, b: Value): Value =>
      cast(binary(op)(a, b), floatType)

  const transpose = (x: Value, order: readonly number[]): Value =>
    model.node('Transpose', [x], order.map((axis) => x.shape[axis]), { perm: order }) // prettier-ignore
  const reshape = (x: Value, shape: Shape): Value =>
    x.shape.length === shape.length && x.shape.every((size, i) => size === shape[i])
      ? x
      : model.node('Reshape', [x, model.integers(shape)], shape)
  const slice = (x: Value, from: readonly number[], size: Shape): Value => {
    if (size.every((n, axis) => n === x.shape[axis])) return x
    const to = from.map((start, axis) => start + size[axis])
    return model.node('Slice', [x, model.integers(from), model.integers(to)], size)
  }
  const pad = (x: Value, before: readonly number[], after: readonly number[]): Value => {
    if ([...before, ...after].every((n) => n === 0)) return x
    const shape = x.shape.map((size, axis) => before[axis] + size + after[axis])
    return model.node('Pad', [x, model.integers([...before, ...after])], shape, { mode: 'constant' })
  }
  const convolve = (x: Value, filter: Value, space: Shape, attributes: Record<string, readonly number[]>): Value =>
    model.node('Conv', [x, filter], [x.shape[0], filter.shape[0], ...space], attributes)
  const around = ({ padding }: Geometry): number[] => [...padding, ...padding]

  return {
    shapeOf: ({ shape }) => shape,
    full: (shape, value) =>
      shape.every((size) => size === 1)
        ? model.floats([value], shape)
        : model.node('Expand', [model.floats([value]), model.integers(shape)], shape),
    range: (shape) =>
      model.floats(
        Array.from({ length: count(shape) }, (_, i) => i),
        shape,
      ),

    add: binary('Add'),
    subtract: binary('Sub'),
    multiply: binary('Mul'),
    divide: binary('Div'),
    maximum: binary('Max'),
    greater: compare('Greater'),
    equal: compare('Equal'),
    select: (mask, a, b) =>
      model.node('Where', [cast(mask, boolType), a, b], broadcast(mask.shape, broadcast(a.shape, b.shape))),
    exp: unary('Exp'),
    log: unary('Log'),
    sqrt: unary('Sqrt'),
    abs: unary('Abs'),
    sigmoid: unary('Sigmoid'),
    tanh: unary('Tanh'),

    sum(x, axes) {
      const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
      const doubles = model.node('ReduceSum', [cast(x, doubleType), model.integers(axes)], shape, { keepdims: 1 })
      return cast(doubles, floatType)
    },
    max: (x, axis) => model.node('ReduceMax', [x], x.shape.with(axis, 1), { axes: [axis], keepdims: 1 }),
    argMax: (x) => cast(model.node('ArgMax', [x], x.shape.with(-1, 1), { axis: -1, keepdims: 1 }), floatType),
    softmax: (x) => model.node('Softmax', [x], x.shape, { axis: -1 }),
    matmul(a, b, transposeA, transposeB) {
      const [left, right] = [transposeA ? transpose(a, [1, 0]) : a, transposeB ? transpose(b, [1, 0]) : b]
      return model.node('MatMul', [left, right], [left.shape[0], right.shape[1]])
    },

    reshape,
    transpose,
    reverse: (x, axis) =>
      model.node('Slice', [x, ...[[-1], [-1 - x.shape[axis]], [axis], [-1]].map((n) => model.integers(n))], x.shape),
    slice,
    pad,
    concat(parts, axis) {
      const size = parts.reduce((sum, part) => sum + part.shape[axis], 0)
      return model.node('Concat', parts, parts[0].shape.with(axis, size), { axis })
    },

    conv(x, filter, geometry) {
      const { stride, padding } = geometry
      const [, ...space] = x.shape.slice(0, 4)
      const out = space.map((n, i) => Math.floor((n + 2 * padding[i] - filter.shape[i]) / stride[i]) + 1)
      const attributes = { strides: stride, pads: around(geometry), kernel_shape: filter.shape.slice(0, 3) }
      const y = convolve(transpose(x, channelsFirst), transpose(filter, [4, 3, 0, 1, 2]), out, attributes)
      return transpose(y, channelsLast)
    },
    convInputGradient(dy, filter, geometry, input) {
      const { stride, padding } = geometry
      const [n, ...space] = input.slice(0, 4)
      // What the convolution left over at the end, since its stride did not reach it.
      const rest = space.map((size, i) => size - ((dy.shape[i + 1] - 1) * stride[i] + filter.shape[i] - 2 * padding[i]))
      const attributes = {
        strides: stride,
        pads: around(geometry),
        kernel_shape: filter.shape.slice(0, 3),
        output_padding: rest,
      }
      const inputs = [transpose(dy, channelsFirst), transpose(filter, [4, 3, 0, 1, 2])]
      return transpose(model.node('ConvTranspose', inputs, [n, input[4], ...space], attributes), channelsLast)
    },
    // A convolution in which the samples are the channels: x is what is read, dy the filter, and its steps are the stride.
    convFilterGradient(x, dy, geometry, filter) {
      const { stride, padding } = geometry
      const kernel = filter.slice(0, 3)
      const out = kernel.map((_, i) => x.shape[i + 1] + 2 * padding[i] - stride[i] * (dy.shape[i + 1] - 1))
      const attributes = { dilations: stride, pads: around(geometry), kernel_shape: dy.shape.slice(1, 4) }
      const all = convolve(transpose(x, [4, 0, 1, 2, 3]), transpose(dy, [4, 0, 1, 2, 3]), out, attributes)
      return transpose(slice(all, [0, 0, 0, 0, 0], [filter[3], filter[4], ...kernel]), [2, 3, 4, 0, 1])
    },
  }
}
