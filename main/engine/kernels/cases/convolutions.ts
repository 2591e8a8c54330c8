import { packedFilterSize } from '../table.ts'
import { Draft, type Case } from './draft.ts'

/** Size of an output and of a convolution's input, kernel and stride. */
export interface ConvShape {
  readonly n: number
  readonly in: readonly [number, number, number]
  readonly ci: number
  readonly co: number
  readonly kernel: readonly [number, number, number]
  readonly stride: readonly [number, number, number]
}

const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1)

export function convCases(shape: ConvShape, accumulate = 0): Case[] {
  const { n, ci, co, kernel, stride } = shape
  const [xd, xh, xw] = shape.in
  const out = shape.in.map((size, i) => Math.ceil(size / stride[i]))
  const taps = product(kernel)
  const label = `${n}×${shape.in.join('×')}, ${ci}→${co}, kernel ${kernel.join('×')}, stride ${stride.join('×')}${accumulate ? ', accumulate' : ''}`
  const sizes = [n, ...out, ci, co, ...kernel, ...stride, xd, xh, xw]

  const forward = new Draft(`conv ${label}`)
  const x = forward.volume(n, xd, xh, xw, ci)
  const filter = forward.dense(taps * ci * co)
  const packed = forward.scratch(packedFilterSize(taps, ci, co))
  const bias = accumulate ? -1 : forward.dense(co)
  forward.call('packFilter', [filter, packed, taps, ci, co, 0])
  const y = forward.target(accumulate, n, out[0], out[1], out[2], co)
  forward.call('conv', [x, packed, bias, y, ...sizes, accumulate])

  const backward = new Draft(`input gradient ${label}`)
  const dy = backward.volume(n, out[0], out[1], out[2], co)
  const same = backward.dense(taps * ci * co)
  const dx = backward.target(accumulate, n, xd, xh, xw, ci)
  if (product(stride) === 1) {
    const transposed = backward.scratch(packedFilterSize(taps, co, ci))
    backward.call('packFilter', [same, transposed, taps, ci, co, 1])
    backward.call('conv', [dy, transposed, -1, dx, n, xd, xh, xw, co, ci, ...kernel, 1, 1, 1, xd, xh, xw, accumulate])
  } else backward.call('convInputGradStrided', [dy, same, dx, ...sizes, accumulate])

  const filterGrad = new Draft(`filter gradient ${label}`)
  const input = filterGrad.volume(n, xd, xh, xw, ci)
  const gradient = filterGrad.volume(n, out[0], out[1], out[2], co)
  const [partial, slabs, size] = filterGrad.partial('convFilterGradPartial', (at) => [input, gradient, at, ...sizes])
  const dw = accumulate ? filterGrad.dense(size) : filterGrad.area(size)
  filterGrad.call('reducePartials', [partial, dw, size, slabs, accumulate])
  return [forward.done(), backward.done(), filterGrad.done()]
}

export function transposedCases(
  n: number,
  size: readonly number[],
  ci: number,
  co: number,
  stride: readonly number[],
  accumulate = 0,
): Case[] {
  const [d, h, w] = size
  const up = size.map((s, i) => s * stride[i])
  const taps = product(stride)
  const label = `${n}×${size.join('×')}, ${ci}→${co}, stride ${stride.join('×')}${accumulate ? ', accumulate' : ''}`
  const sizes = [n, d, h, w, ci, co, ...stride]
  const forward = new Draft(`transposed conv ${label}`)
  const x = forward.volume(n, d, h, w, ci)
  const filter = forward.dense(taps * ci * co)
  const bias = accumulate ? -1 : forward.dense(co)
  forward.call('convTransposed', [x, filter, bias, forward.target(0, n, up[0], up[1], up[2], co), ...sizes])
  const backward = new Draft(`transposed conv, input gradient ${label}`)
  const dy = backward.volume(n, up[0], up[1], up[2], co)
  const same = backward.dense(taps * ci * co)
  backward.call('convTransposedInputGrad', [
    dy,
    same,
    backward.target(accumulate, n, d, h, w, ci),
    ...sizes,
    accumulate,
  ])
  const filterGrad = new Draft(`transposed conv, filter gradient ${label}`)
  const input = filterGrad.volume(n, d, h, w, ci)
  const gradient = filterGrad.volume(n, up[0], up[1], up[2], co)
  const [partial, slabs, total] = filterGrad.partial('convTransposedFilterGradPartial', (at) => [
    input,
    gradient,
    at,
    ...sizes,
  ])
  filterGrad.call('reducePartials', [partial, filterGrad.dense(total), total, slabs, accumulate])
  return [forward.done(), backward.done(), filterGrad.done()]
}
