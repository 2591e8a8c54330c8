/** Between volumes and matrices, and matrices of another shape. */
import { count, type Shape, type Tensor } from '../tensor.ts'
import { addOne, checkKinds, shapeError, sizesOf, type Op } from './op.ts'

/** Volume [N, D, H, W, C] → matrix [N, D·H·W·C], without halo. */
export function flatten(x: Tensor): Tensor {
  return addOne('flatten', [x])
}

export const flattenOp: Op = {
  infer(inputs) {
    checkKinds('flatten', inputs, ['volume'])
    const [{ shape }] = inputs
    return [{ kind: 'matrix', shape: [shape[0], count(shape) / shape[0]] }]
  },
  forward({ inputs: [x], outputs: [y] }, e) {
    e.emit('unpadVolume', { x: e.buffer(x), dense: e.buffer(y), ...sizesOf(x), accumulate: 0 })
  },
  backward({ inputs: [x], outputs: [y] }, e) {
    const dy = e.gradient(y)
    e.contributeFresh(x, (dx) => e.emit('padVolume', { dense: dy, y: dx, ...sizesOf(x) }))
  },
}

/** The inverse of `flatten`: a matrix or dense tensor with N·D·H·W·C values → volume [N, D, H, W, C]. */
export function toVolume(x: Tensor, shape: Shape): Tensor {
  return addOne('toVolume', [x], { shape: [...shape] })
}

export const toVolumeOp: Op = {
  infer(inputs, attributes) {
    checkKinds('toVolume', inputs, ['any'])
    const [x] = inputs
    const shape = attributes.shape as Shape
    if (x.kind === 'volume') throw shapeError('toVolume', 'takes a matrix or a dense tensor', x)
    if (shape.length !== 5 || count(shape) !== count(x.shape)) {
      throw shapeError('toVolume', `cannot make a volume [${shape.join(', ')}] of these values`, x)
    }
    return [{ kind: 'volume', shape }]
  },
  forward({ inputs: [x], outputs: [y] }, e) {
    e.emit('padVolume', { dense: e.buffer(x), y: e.buffer(y), ...sizesOf(y) })
  },
  backward({ inputs: [x], outputs: [y] }, e) {
    const dy = e.gradient(y)
    e.contribute(x, (dense, accumulate) => e.emit('unpadVolume', { x: dy, dense, ...sizesOf(y), accumulate }))
  },
}

/** The same values, row-major, as a matrix [rows, columns]. No copy. */
export function reshapeMatrix(x: Tensor, shape: readonly [number, number]): Tensor {
  return addOne('reshapeMatrix', [x], { shape: [...shape] })
}

export const reshapeMatrixOp: Op = {
  infer(inputs, attributes) {
    checkKinds('reshapeMatrix', inputs, ['any'])
    const [x] = inputs
    const shape = attributes.shape as Shape
    if (x.kind === 'volume') throw shapeError('reshapeMatrix', 'takes a matrix, vector or dense tensor; use flatten', x)
    if (shape.length !== 2 || count(shape) !== count(x.shape)) {
      throw shapeError('reshapeMatrix', `cannot make a matrix [${shape.join(', ')}] of these values`, x)
    }
    return [{ kind: 'matrix', shape }]
  },
  forward({ inputs: [x], outputs: [y] }, e) {
    e.share(y, x)
  },
  backward({ inputs: [x], outputs: [y] }, e) {
    e.handOver(x, e.gradient(y))
  },
}
