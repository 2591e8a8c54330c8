/** Pooling: by maximum over small windows, and by mean over all voxels. */
import type { Node, Tensor } from '../tensor.ts'
import { addOne, checkKinds, checkStride, shapeError, sizesOf, type Op, type Stride } from './op.ts'

/**
 * Maximum over windows of sd×sh×sw voxels, each 1 or 2, without overlap; an odd last voxel is dropped.
 * x: volume [N, D, H, W, C]. Returns a volume [N, ⌊D/sd⌋, ⌊H/sh⌋, ⌊W/sw⌋, C].
 */
export function maxPool(x: Tensor, window: Stride): Tensor {
  return addOne('maxPool', [x], { window: [...window] })
}

function poolSizes({ inputs: [x], outputs: [y], attributes }: Node) {
  const [sd, sh, sw] = attributes.window as Stride
  const [, xd, xh, xw] = x.shape
  return { ...sizesOf(y), sd, sh, sw, xd, xh, xw }
}

export const maxPoolOp: Op = {
  infer(inputs, attributes) {
    checkKinds('maxPool', inputs, ['volume'])
    const window = checkStride('maxPool', 'window', attributes.window)
    const [n, d, h, w, c] = inputs[0].shape
    const size = window.map((s, i) => Math.floor([d, h, w][i] / s))
    if (size.includes(0)) throw shapeError('maxPool', `the volume is smaller than the window [${window}]`, inputs[0])
    return [{ kind: 'volume', shape: [n, ...size, c] }]
  },
  forward(node, e) {
    e.emit('maxPool', { x: e.buffer(node.inputs[0]), y: e.buffer(node.outputs[0]), ...poolSizes(node) })
  },
  backward(node, e) {
    const [x] = node.inputs
    const [y] = node.outputs
    const values = { x: e.buffer(x), y: e.buffer(y), dy: e.gradient(y) }
    e.contribute(x, (dx, accumulate) => e.emit('maxPoolGrad', { ...values, dx, ...poolSizes(node), accumulate }))
  },
}

/** Mean over the voxels: volume [N, D, H, W, C] → matrix [N, C]. */
export function globalMean(x: Tensor): Tensor {
  return addOne('globalMean', [x])
}

export const globalMeanOp: Op = {
  infer(inputs) {
    checkKinds('globalMean', inputs, ['volume'])
    const { n, c } = sizesOf(inputs[0])
    return [{ kind: 'matrix', shape: [n, c] }]
  },
  forward({ inputs: [x], outputs: [y] }, e) {
    e.emit('globalMean', { x: e.buffer(x), y: e.buffer(y), ...sizesOf(x) })
  },
  backward({ inputs: [x], outputs: [y] }, e) {
    const dy = e.gradient(y)
    e.contribute(x, (dx, accumulate) => e.emit('globalMeanGrad', { dy, dx, ...sizesOf(x), accumulate }))
  },
}
