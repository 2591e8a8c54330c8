import type { Geometry, Triple } from '../algebra.ts'
import type { Arguments, Machine, Rule } from '../machine.ts'

interface Sizes {
  readonly kd: number
  readonly kh: number
  readonly kw: number
  readonly sd: number
  readonly sh: number
  readonly sw: number
}
const geometry = (i: Sizes): Geometry => ({
  stride: [i.sd, i.sh, i.sw],
  padding: [i.kd >> 1, i.kh >> 1, i.kw >> 1],
})
const output = (i: { n: number; d: number; h: number; w: number; co: number }) => [i.n, i.d, i.h, i.w, i.co]
const input = (i: { n: number; xd: number; xh: number; xw: number; ci: number }) => [i.n, i.xd, i.xh, i.xw, i.ci]

/** Packed here means: in the order in which `conv` takes the filter, dense. */
export const packFilter: Rule<'packFilter'> = (m, i) => {
  const filter = m.dense(i.filter, [i.taps, i.ci, i.co])
  if (!i.transpose) return m.putDense(i.packed, filter)
  m.putDense(i.packed, m.algebra.transpose(m.algebra.reverse(filter, 0), [0, 2, 1]))
}

export const conv: Rule<'conv'> = (m, i) => {
  const filter = m.dense(i.packed, [i.kd, i.kh, i.kw, i.ci, i.co])
  const y = m.algebra.conv(m.volume(i.x, input(i)), filter, geometry(i))
  m.putVolume(i.y, withBias(m, y, i.bias, i.co), i.accumulate)
}

const withBias = <V>(m: Machine<V>, y: V, bias: number, channels: number): V =>
  bias < 0 ? y : m.algebra.add(y, m.dense(bias, [channels]))

export const convInputGradStrided: Rule<'convInputGradStrided'> = (m, i) => {
  const filter = m.dense(i.filter, [i.kd, i.kh, i.kw, i.ci, i.co])
  const dx = m.algebra.convInputGradient(m.volume(i.dy, output(i)), filter, geometry(i), input(i))
  m.putVolume(i.dx, dx, i.accumulate)
}

/** All in one slab: the library adds up by itself. */
export const convFilterGradPartial: Rule<'convFilterGradPartial'> = (m, i) => {
  const [x, dy] = [m.volume(i.x, input(i)), m.volume(i.dy, output(i))]
  m.putDense(i.partial, m.algebra.convFilterGradient(x, dy, geometry(i), [i.kd, i.kh, i.kw, i.ci, i.co]))
}

export const reducePartials: Rule<'reducePartials'> = (m, i) =>
  m.putDense(i.out, m.dense(i.partial, [i.size]), i.accumulate)

// A transposed convolution is the input gradient of a convolution that has neither padding nor overlap, from co to ci channels.

type Transposed = Omit<Arguments<'convTransposed'>, 'x' | 'filter' | 'bias' | 'y'>
const blocks = (i: Transposed): Geometry => ({ stride: [i.sd, i.sh, i.sw], padding: [0, 0, 0] })
const coarse = (i: Transposed) => [i.n, i.d, i.h, i.w, i.ci]
const fine = (i: Transposed) => [i.n, i.d * i.sd, i.h * i.sh, i.w * i.sw, i.co]
const kernel = (i: Transposed): Triple => [i.sd, i.sh, i.sw]
const swapChannels = [0, 1, 2, 4, 3]
const swapped = <V>(m: Machine<V>, filter: number, i: Transposed): V =>
  m.algebra.transpose(m.dense(filter, [...kernel(i), i.ci, i.co]), swapChannels)

export const convTransposed: Rule<'convTransposed'> = (m, i) => {
  const x = m.volume(i.x, coarse(i))
  const y = m.algebra.convInputGradient(x, swapped(m, i.filter, i), blocks(i), fine(i))
  m.putVolume(i.y, withBias(m, y, i.bias, i.co))
}

export const convTransposedInputGrad: Rule<'convTransposedInputGrad'> = (m, i) => {
  const dy = m.volume(i.dy, fine(i))
  m.putVolume(i.dx, m.algebra.conv(dy, swapped(m, i.filter, i), blocks(i)), i.accumulate)
}

export const convTransposedFilterGradPartial: Rule<'convTransposedFilterGradPartial'> = (m, i) => {
  const [x, dy] = [m.volume(i.x, coarse(i)), m.volume(i.dy, fine(i))]
  const filter = m.algebra.convFilterGradient(dy, x, blocks(i), [...kernel(i), i.co, i.ci])
  m.putDense(i.partial, m.algebra.transpose(filter, swapChannels))
}

export const volumeChannelSumPartial: Rule<'volumeChannelSumPartial'> = (m, i) =>
  m.putDense(i.partial, m.algebra.reshape(m.algebra.sum(m.volume(i.x, [i.n, i.d, i.h, i.w, i.c]), [0, 1, 2, 3]), [i.c]))
