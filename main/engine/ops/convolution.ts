/** Convolutions over volumes, 3D and (with depth 1) 2D. */
import type { Backward } from '../rules.ts'
import type { Buffer } from '../steps.ts'
import type { Node, Tensor, TensorSpec } from '../tensor.ts'
import {
  addOne,
  checkKinds,
  checkStride,
  checkVector,
  shapeError,
  sizesOf,
  voxels,
  type Op,
  type Stride,
} from './op.ts'

/**
 * y[n, …, co] = bias[co] + Σ x[n, …, ci]·filter[kd, kh, kw, ci, co], padded with zeros so that a stride of 1 keeps the size.
 * x: volume [N, D, H, W, Ci]; filter [kd, kh, kw, Ci, Co], each k 1 or 3; bias [Co]; stride [sd, sh, sw], each 1 or 2.
 * Returns a volume [N, ⌈D/sd⌉, ⌈H/sh⌉, ⌈W/sw⌉, Co].
 */
export function conv(x: Tensor, filter: Tensor, options: { bias?: Tensor; stride?: Stride } = {}): Tensor {
  const { bias, stride = [1, 1, 1] } = options
  return addOne('conv', bias ? [x, filter, bias] : [x, filter], { stride: [...stride] })
}

/** The integer arguments that all conv kernels share. Sizes are those of the output; xd, xh, xw those of the input. */
function convSizes({ inputs: [x, filter], outputs: [y], attributes }: Node) {
  const [kd, kh, kw, ci, co] = filter.shape
  const [, xd, xh, xw] = x.shape
  const [n, d, h, w] = y.shape
  const [sd, sh, sw] = attributes.stride as Stride
  return { n, d, h, w, ci, co, kd, kh, kw, sd, sh, sw, xd, xh, xw }
}

const taps = ({ shape: [kd, kh, kw] }: TensorSpec): number => kd * kh * kw

export const convOp: Op = {
  infer(inputs, attributes) {
    const [x, filter, bias] = inputs
    checkKinds('conv', inputs, bias ? ['volume', 'dense', 'vector'] : ['volume', 'dense'])
    const stride = checkStride('conv', 'stride', attributes.stride)
    const { shape: f } = filter
    if (f.length !== 5 || f.slice(0, 3).some((k) => k !== 1 && k !== 3)) {
      throw shapeError('conv', 'the filter must be [kd, kh, kw, Ci, Co] with kd, kh and kw each 1 or 3', filter)
    }
    if (f[3] !== x.shape[4]) {
      throw shapeError('conv', `the filter takes ${f[3]} channels but x has ${x.shape[4]}`, x, filter)
    }
    checkVector('conv', 'bias', bias, f[4])
    const size = stride.map((s, i) => Math.ceil(x.shape[i + 1] / s))
    return [{ kind: 'volume', shape: [x.shape[0], ...size, f[4]] }]
  },

  forward(node, e) {
    const [x, filter, bias] = node.inputs
    const [y] = node.outputs
    const packed = e.packed(filter, 0)
    const b = bias ? e.buffer(bias) : null
    e.emit('conv', { x: e.buffer(x), packed, bias: b, y: e.buffer(y), ...convSizes(node), accumulate: 0 })
  },

  backward(node, e) {
    const [x, filter, bias] = node.inputs
    const dy = e.gradient(node.outputs[0])
    const sizes = convSizes(node)
    // The filter's gradient first: after it x is often free, and its memory can take the input's gradient.
    e.contribute(filter, (dw, accumulate) => {
      const { partial, slabs, slabSize } = e.emitPartial('convFilterGradPartial', { x: e.buffer(x), dy, ...sizes })
      e.emit('reducePartials', { partial, out: dw, size: slabSize, slabs, accumulate })
    })
    if (bias) biasGradient(bias, node.outputs[0], dy, e)
    e.contribute(x, (dx, accumulate) => {
      const { ci, co, sd, sh, sw } = sizes
      if (sd * sh * sw > 1) {
        e.emit('convInputGradStrided', { dy, filter: e.buffer(filter), dx, ...sizes, accumulate })
      } else {
        const packed = e.packed(filter, 1)
        e.emit('conv', { x: dy, packed, bias: null, y: dx, ...sizes, ci: co, co: ci, accumulate })
      }
    })
  },

  flops: ({ inputs: [, filter], outputs: [y] }) =>
    2 * y.shape[0] * voxels(y) * taps(filter) * filter.shape[3] * filter.shape[4],
}

/**
 * Transposed convolution whose kernel equals its stride: each voxel becomes a block of sd×sh×sw voxels.
 * x: volume [N, D, H, W, Ci]; filter [sd, sh, sw, Ci, Co], each s 1 or 2; bias [Co].
 * Returns a volume [N, D·sd, H·sh, W·sw, Co].
 */
export function convTransposed(x: Tensor, filter: Tensor, options: { bias?: Tensor; stride: Stride }): Tensor {
  const { bias, stride } = options
  return addOne('convTransposed', bias ? [x, filter, bias] : [x, filter], { stride: [...stride] })
}

function transposedSizes({ inputs: [x, filter], attributes }: Node) {
  const { n, d, h, w } = sizesOf(x)
  const [sd, sh, sw] = attributes.stride as Stride
  return { n, d, h, w, ci: filter.shape[3], co: filter.shape[4], sd, sh, sw }
}

export const convTransposedOp: Op = {
  infer(inputs, attributes) {
    const [x, filter, bias] = inputs
    checkKinds('convTransposed', inputs, bias ? ['volume', 'dense', 'vector'] : ['volume', 'dense'])
    const stride = checkStride('convTransposed', 'stride', attributes.stride)
    const { shape: f } = filter
    if (f.length !== 5 || stride.some((s, i) => f[i] !== s)) {
      throw shapeError('convTransposed', `the filter must be [${stride.join(', ')}, Ci, Co], as the stride`, filter)
    }
    if (f[3] !== x.shape[4]) {
      throw shapeError('convTransposed', `the filter takes ${f[3]} channels but x has ${x.shape[4]}`, x, filter)
    }
    checkVector('convTransposed', 'bias', bias, f[4])
    return [{ kind: 'volume', shape: [x.shape[0], ...stride.map((s, i) => x.shape[i + 1] * s), f[4]] }]
  },

  forward(node, e) {
    const [x, filter, bias] = node.inputs
    const b = bias ? e.buffer(bias) : null
    const y = e.buffer(node.outputs[0])
    e.emit('convTransposed', { x: e.buffer(x), filter: e.buffer(filter), bias: b, y, ...transposedSizes(node) })
  },

  backward(node, e) {
    const [x, filter, bias] = node.inputs
    const dy = e.gradient(node.outputs[0])
    const sizes = transposedSizes(node)
    e.contribute(filter, (dw, accumulate) => {
      const sums = e.emitPartial('convTransposedFilterGradPartial', { x: e.buffer(x), dy, ...sizes })
      e.emit('reducePartials', { partial: sums.partial, out: dw, size: sums.slabSize, slabs: sums.slabs, accumulate })
    })
    if (bias) biasGradient(bias, node.outputs[0], dy, e)
    e.contribute(x, (dx, accumulate) =>
      e.emit('convTransposedInputGrad', { dy, filter: e.buffer(filter), dx, ...sizes, accumulate }),
    )
  },

  flops: ({ inputs: [x, filter] }) => 2 * x.shape[0] * voxels(x) * taps(filter) * filter.shape[3] * filter.shape[4],
}

function biasGradient(bias: Tensor, y: Tensor, dy: Buffer, e: Backward): void {
  e.contribute(bias, (db, accumulate) => {
    const { partial, slabs, slabSize } = e.emitPartial('volumeChannelSumPartial', { x: dy, ...sizesOf(y) })
    e.emit('reducePartials', { partial, out: db, size: slabSize, slabs, accumulate })
  })
}
