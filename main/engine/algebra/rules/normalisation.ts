import type { Arguments, Machine, Rule } from '../machine.ts'

const shape = (i: { n: number; d: number; h: number; w: number; c: number }) => [i.n, i.d, i.h, i.w, i.c]
const space = [1, 2, 3]

/** Means, then variances, of each sample: [2, N, C]. Around the mean, so that nothing is lost to cancellation. */
export const normStatsPartial: Rule<'normStatsPartial'> = (m, i) => {
  const { algebra } = m
  const x = m.volume(i.x, shape(i))
  const voxels = m.number(i.d * i.h * i.w)
  const mean = algebra.divide(algebra.sum(x, space), voxels)
  const variance = algebra.divide(algebra.sum(m.square(algebra.subtract(x, mean)), space), voxels)
  const row = [1, i.n, i.c]
  m.putDense(i.partial, algebra.concat([algebra.reshape(mean, row), algebra.reshape(variance, row)], 0))
}

export const normStats: Rule<'normStats'> = (m, i) => {
  const { algebra } = m
  const partial = m.dense(i.partial, [2, i.n, i.c])
  let mean = algebra.slice(partial, [0, 0, 0], [1, i.n, i.c])
  let variance = algebra.slice(partial, [1, 0, 0], [1, i.n, i.c])
  if (i.batch) {
    const n = m.number(i.n)
    const all = algebra.divide(algebra.sum(mean, [1]), n)
    const between = m.square(algebra.subtract(mean, all))
    const everywhere = algebra.full([1, i.n, i.c], 1)
    variance = algebra.multiply(algebra.divide(algebra.sum(algebra.add(variance, between), [1]), n), everywhere)
    mean = algebra.multiply(all, everywhere)
  }
  const inverse = algebra.divide(m.number(1), algebra.sqrt(algebra.add(variance, m.number(i.epsilon))))
  const column = [i.n, i.c, 1]
  m.putDense(i.stats, algebra.concat([algebra.reshape(mean, column), algebra.reshape(inverse, column)], 2))
}

/** The first or second figure of each sample and channel, to stand beside a volume. */
function figure<V>(m: Machine<V>, at: number, { n, c }: { n: number; c: number }, which: 0 | 1): V {
  const { algebra } = m
  return algebra.reshape(algebra.slice(m.dense(at, [n, c, 2]), [0, 0, which], [n, c, 1]), [n, 1, 1, 1, c])
}

export const normApply: Rule<'normApply'> = (m, i) => {
  const { algebra } = m
  const centred = algebra.subtract(m.volume(i.x, shape(i)), figure(m, i.stats, i, 0))
  const inverse = figure(m, i.stats, i, 1)
  const scale = i.gamma < 0 ? inverse : algebra.multiply(inverse, m.dense(i.gamma, [i.c]))
  const scaled = algebra.multiply(scale, centred)
  m.putVolume(i.y, m.leaky(i.beta < 0 ? scaled : algebra.add(scaled, m.dense(i.beta, [i.c])), i.slope))
}

/** The gradient before the activation, and the normalised values. */
function before<V>(m: Machine<V>, i: Omit<Arguments<'normGradPartial'>, 'partial'>) {
  const { algebra } = m
  const centred = algebra.subtract(m.volume(i.x, shape(i)), figure(m, i.stats, i, 0))
  const normalised = algebra.multiply(centred, figure(m, i.stats, i, 1))
  return { g: m.leaky(m.volume(i.dy, shape(i)), i.slope, m.volume(i.y, shape(i))), normalised }
}

export const normGradPartial: Rule<'normGradPartial'> = (m, i) => {
  const { algebra } = m
  const { g, normalised } = before(m, i)
  const sums = [algebra.sum(g, space), algebra.sum(algebra.multiply(g, normalised), space)]
  m.putDense(i.partial, algebra.concat(sums.map((sum) => algebra.reshape(sum, [i.n, i.c, 1])), 2)) // prettier-ignore
}

export const normGradSums: Rule<'normGradSums'> = (m, i) => {
  const { algebra } = m
  const partial = m.dense(i.partial, [i.n, i.c, 2])
  m.putDense(i.sums, partial)
  const total = algebra.sum(partial, [0])
  const part = (which: number) => algebra.reshape(algebra.slice(total, [0, 0, which], [1, i.c, 1]), [i.c])
  if (i.dbeta >= 0) m.putDense(i.dbeta, part(0))
  if (i.dgamma >= 0) m.putDense(i.dgamma, part(1))
}

export const normGradApply: Rule<'normGradApply'> = (m, i) => {
  const { algebra } = m
  const { g, normalised } = before(m, i)
  const count = m.number(i.d * i.h * i.w * (i.batch ? i.n : 1))
  const mean = (which: 0 | 1) => {
    const sum = figure(m, i.sums, i, which)
    return algebra.divide(i.batch ? algebra.sum(sum, [0]) : sum, count)
  }
  const inner = algebra.subtract(g, algebra.add(mean(0), algebra.multiply(normalised, mean(1))))
  const inverse = figure(m, i.stats, i, 1)
  const scale = i.gamma < 0 ? inverse : algebra.multiply(inverse, m.dense(i.gamma, [i.c]))
  m.putVolume(i.dx, algebra.multiply(scale, inner), i.accumulate)
}
