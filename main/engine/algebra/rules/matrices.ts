import type { Rule } from '../machine.ts'
import { oneHot, withColumns } from '../parts.ts'

export const matmul: Rule<'matmul'> = (m, i) => {
  const a = m.dense(i.a, i.transposeA ? [i.k, i.m] : [i.m, i.k])
  const b = m.dense(i.b, i.transposeB ? [i.n, i.k] : [i.k, i.n])
  const product = m.algebra.matmul(a, b, i.transposeA === 1, i.transposeB === 1)
  m.putDense(i.c, i.bias < 0 ? product : m.algebra.add(product, m.dense(i.bias, [i.n])), i.accumulate)
}

export const rowSum: Rule<'rowSum'> = (m, i) =>
  m.putDense(i.out, m.algebra.reshape(m.algebra.sum(m.dense(i.x, [i.rows, i.c]), [0]), [i.c]), i.accumulate)

export const gatherRows: Rule<'gatherRows'> = (m, i) => {
  const chosen = oneHot(m, i.index, i.rows, i.xRows)
  m.putDense(i.y, m.algebra.matmul(chosen, m.dense(i.x, [i.xRows, i.c]), false, false))
}

export const gatherRowsGrad: Rule<'gatherRowsGrad'> = (m, i) => {
  const chosen = oneHot(m, i.index, i.rows, i.xRows)
  m.putDense(i.dx, m.algebra.matmul(chosen, m.dense(i.dy, [i.rows, i.c]), true, false), 1)
}

export const copyColumns: Rule<'copyColumns'> = (m, i) => {
  const part = m.algebra.slice(m.dense(i.x, [i.rows, i.xC]), [0, i.xc], [i.rows, i.c])
  if (i.c === i.yC) return m.putDense(i.y, part, i.accumulate)
  m.putDense(i.y, withColumns(m.algebra, m.partly(i.y, [i.rows, i.yC], false), i.yc, part, i.accumulate))
}

export const normaliseRows: Rule<'normaliseRows'> = (m, i) => {
  const { algebra } = m
  const x = m.dense(i.x, [i.rows, i.c])
  const norms = algebra.sqrt(algebra.sum(m.square(x), [1]))
  m.putDense(i.norms, norms)
  m.putDense(i.y, algebra.divide(x, algebra.maximum(norms, m.number(i.epsilon))))
}

export const normaliseRowsGrad: Rule<'normaliseRowsGrad'> = (m, i) => {
  const { algebra } = m
  const [y, dy] = [m.dense(i.y, [i.rows, i.c]), m.dense(i.dy, [i.rows, i.c])]
  const norms = m.dense(i.norms, [i.rows, 1])
  const epsilon = m.number(i.epsilon)
  // At or below epsilon the divisor is constant: nothing to take off.
  const along = algebra.multiply(algebra.sum(algebra.multiply(y, dy), [1]), algebra.greater(norms, epsilon))
  const dx = algebra.divide(algebra.subtract(dy, algebra.multiply(y, along)), algebra.maximum(norms, epsilon))
  m.putDense(i.dx, dx, i.accumulate)
}
