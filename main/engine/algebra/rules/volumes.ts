import type { Algebra, Triple } from '../algebra.ts'
import type { Arguments, Machine, Rule } from '../machine.ts'
import { withColumns } from '../parts.ts'

const shape = (i: { n: number; d: number; h: number; w: number; c: number }) => [i.n, i.d, i.h, i.w, i.c]

export const padVolume: Rule<'padVolume'> = (m, i) => m.putVolume(i.y, m.dense(i.dense, shape(i)))

export const unpadVolume: Rule<'unpadVolume'> = (m, i) => m.putDense(i.dense, m.volume(i.x, shape(i)), i.accumulate)

/** A volume cut into what the windows hold in their first place, in their second …, in the order of memory. */
function phases<V>(algebra: Algebra<V>, x: V, [n, d, h, w, c]: readonly number[], stride: Triple): V[] {
  let parts = [algebra.slice(x, [0, 0, 0, 0, 0], [n, d * stride[0], h * stride[1], w * stride[2], c])]
  stride.forEach((s, k) => {
    const axis = k + 1
    parts = parts.flatMap((part) => {
      const sizes = algebra.shapeOf(part)
      const split = [...sizes.slice(0, axis), sizes[axis] / s, s, ...sizes.slice(axis + 1)]
      const apart = algebra.reshape(part, split)
      return Array.from({ length: s }, (_, place) => {
        const from = split.map((_size, i) => (i === axis + 1 ? place : 0))
        const one = algebra.slice(apart, from, split.with(axis + 1, 1))
        return algebra.reshape(one, sizes.with(axis, sizes[axis] / s))
      })
    })
  })
  return parts
}

/** The way back from `phases`. */
function together<V>(algebra: Algebra<V>, phases: readonly V[], stride: Triple): V {
  let parts = [...phases]
  for (const k of [2, 1, 0]) {
    const axis = k + 1
    const joined: V[] = []
    for (let from = 0; from < parts.length; from += stride[k]) {
      const group = parts.slice(from, from + stride[k])
      const sizes = algebra.shapeOf(group[0])
      const apart = [...sizes.slice(0, axis + 1), 1, ...sizes.slice(axis + 1)]
      const both = algebra.concat(group.map((part) => algebra.reshape(part, apart)), axis + 1) // prettier-ignore
      joined.push(algebra.reshape(both, sizes.with(axis, sizes[axis] * stride[k])))
    }
    parts = joined
  }
  return parts[0]
}

const windowed = <V>(m: Machine<V>, i: Omit<Arguments<'maxPool'>, 'y'>): V[] =>
  phases(m.algebra, m.volume(i.x, [i.n, i.xd, i.xh, i.xw, i.c]), shape(i), [i.sd, i.sh, i.sw])

export const maxPool: Rule<'maxPool'> = (m, i) =>
  m.putVolume(i.y, windowed(m, i).reduce((a, b) => m.algebra.maximum(a, b))) // prettier-ignore

export const maxPoolGrad: Rule<'maxPoolGrad'> = (m, i) => {
  const { algebra } = m
  const [y, dy] = [m.volume(i.y, shape(i)), m.volume(i.dy, shape(i))]
  let open = algebra.full([1], 1)
  const gradients = windowed(m, i).map((x) => {
    const first = algebra.multiply(open, algebra.equal(x, y))
    open = algebra.subtract(open, first)
    return algebra.multiply(first, dy)
  })
  const rest = [0, i.xd - i.d * i.sd, i.xh - i.h * i.sh, i.xw - i.w * i.sw, 0]
  const dx = algebra.pad(together(algebra, gradients, [i.sd, i.sh, i.sw]), [0, 0, 0, 0, 0], rest)
  m.putVolume(i.dx, dx, i.accumulate)
}

export const copyChannels: Rule<'copyChannels'> = (m, i) => {
  const [from, to] = [i.xC, i.yC].map((channels) => [i.n, i.d, i.h, i.w, channels])
  const part = m.algebra.slice(m.volume(i.x, from), [0, 0, 0, 0, i.xc], shape(i))
  if (i.c === i.yC) return m.putVolume(i.y, part, i.accumulate)
  m.putVolume(i.y, withColumns(m.algebra, m.partly(i.y, to, true), i.yc, part, i.accumulate))
}

export const globalMean: Rule<'globalMean'> = (m, i) => {
  const sum = m.algebra.sum(m.volume(i.x, shape(i)), [1, 2, 3])
  m.putDense(i.y, m.algebra.reshape(m.algebra.divide(sum, m.number(i.d * i.h * i.w)), [i.n, i.c]))
}

export const globalMeanGrad: Rule<'globalMeanGrad'> = (m, i) => {
  const { algebra } = m
  const share = algebra.divide(m.dense(i.dy, [i.n, 1, 1, 1, i.c]), m.number(i.d * i.h * i.w))
  m.putVolume(i.dx, algebra.multiply(share, algebra.full([1, i.d, i.h, i.w, 1], 1)), i.accumulate)
}

export const softmaxChannels: Rule<'softmaxChannels'> = (m, i) =>
  m.putVolume(i.y, m.algebra.softmax(m.volume(i.x, shape(i))))
