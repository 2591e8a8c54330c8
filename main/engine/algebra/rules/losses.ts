import type { Arguments, Machine, Rule } from '../machine.ts'
import { diceSumsSize } from '../../kernels/sizes.ts'
import { oneHot } from '../parts.ts'

const volumeShape = (i: { n: number; d: number; h: number; w: number; c: number }) => [i.n, i.d, i.h, i.w, i.c]
const maskShape = (i: { n: number; d: number; h: number; w: number }) => [i.n, i.d, i.h, i.w, 1]

/** -log softmax of each class, from the last axis. */
function surprise<V>(m: Machine<V>, logits: V): V {
  const { algebra } = m
  const axis = algebra.shapeOf(logits).length - 1
  const below = algebra.subtract(logits, algebra.max(logits, axis))
  return algebra.subtract(algebra.log(algebra.sum(algebra.exp(below), [axis])), below)
}

export const softmaxCrossEntropy: Rule<'softmaxCrossEntropy'> = (m, i) => {
  const { algebra } = m
  const logits = m.dense(i.logits, [i.rows, i.c])
  const wanted = oneHot(m, i.target, i.rows, i.c)
  const counts = algebra.sum(wanted, [1])
  const count = algebra.maximum(algebra.sum(counts, [0]), m.number(1))
  const share = (x: typeof logits) => algebra.divide(algebra.sum(x, [0, 1]), count)
  const off = algebra.multiply(algebra.subtract(algebra.softmax(logits), wanted), counts)
  m.putDense(i.dlogits, algebra.divide(off, count))
  m.putDense(i.loss, algebra.reshape(share(algebra.multiply(wanted, surprise(m, logits))), [1]))
  const right = algebra.equal(algebra.argMax(logits), m.dense(i.target, [i.rows, 1]))
  m.putDense(i.correct, algebra.reshape(share(right), [1]))
}

/** Sums of pass 1, as pass 2 lays them out: Σce, Σcount, then for each sample (or once) and class Σpt, Σp, Σt. */
export const diceCePartial: Rule<'diceCePartial'> = (m, i) => {
  const { algebra } = m
  const logits = m.volume(i.logits, volumeShape(i))
  const wanted = target(m, i)
  const valid = algebra.sum(wanted, [4])
  const prob = algebra.softmax(logits)
  m.putVolume(i.prob, prob)
  const all = [0, 1, 2, 3, 4]
  const once = [
    algebra.sum(algebra.multiply(wanted, surprise(m, logits)), all),
    algebra.sum(valid, all),
  ].map((x) => algebra.reshape(x, [1])) // prettier-ignore
  const groups = i.perSample ? i.n : 1
  const each = [algebra.multiply(prob, wanted), algebra.multiply(prob, valid), wanted].map((x) =>
    algebra.reshape(algebra.sum(x, i.perSample ? [1, 2, 3] : [0, 1, 2, 3]), [groups, i.c, 1]),
  )
  m.putDense(i.partial, algebra.concat([...once, algebra.reshape(algebra.concat(each, 2), [groups * i.c * 3])], 0))
}

const target = <V>(m: Machine<V>, i: { target: number; n: number; d: number; h: number; w: number; c: number }): V =>
  m.algebra.equal(m.dense(i.target, maskShape(i)), m.algebra.range([1, 1, 1, 1, i.c]))

/** Σpt, Σp and Σt of the foreground classes, [groups, classes, 1] each. */
function foreground<V>(
  m: Machine<V>,
  sums: number,
  i: Pick<Arguments<'diceCeLoss'>, 'n' | 'c' | 'perSample'>,
  from: 0 | 1,
) {
  const { algebra } = m
  const groups = i.perSample ? i.n : 1
  const all = m.dense(sums, [diceSumsSize(i.n, i.c, i.perSample)])
  const table = algebra.reshape(algebra.slice(all, [2], [groups * i.c * 3]), [groups, i.c, 3])
  return [0, 1, 2].map((which) => algebra.slice(table, [0, from, which], [groups, i.c - from, 1]))
}

/** The soft Dice is 1 where there is nothing to compare. */
export const diceCeLoss: Rule<'diceCeLoss'> = (m, i) => {
  const { algebra } = m
  const size = diceSumsSize(i.n, i.c, i.perSample)
  const sums = m.dense(i.partial, [size])
  m.putDense(i.sums, sums)
  const [ce, count] = [0, 1].map((at) => algebra.slice(sums, [at], [1]))
  const entropy = algebra.divide(ce, algebra.maximum(count, m.number(1)))
  const weighted = algebra.multiply(entropy, m.number(i.wce))
  if (i.c === 1) return m.putDense(i.loss, weighted)
  const [pt, p, t] = foreground(m, i.sums, i, 1)
  const whole = algebra.add(algebra.add(p, t), m.number(i.smooth))
  const overlap = algebra.add(algebra.add(pt, pt), m.number(i.smooth))
  const dice = algebra.select(algebra.greater(whole, m.number(0)), algebra.divide(overlap, whole), m.number(1))
  const terms = (i.c - 1) * (i.perSample ? i.n : 1)
  const mean = algebra.reshape(algebra.divide(algebra.sum(dice, [0, 1]), m.number(terms)), [1])
  const missing = algebra.subtract(m.number(1), mean)
  m.putDense(i.loss, algebra.add(weighted, algebra.multiply(missing, m.number(i.wdice))))
}

export const diceCeGrad: Rule<'diceCeGrad'> = (m, i) => {
  const { algebra } = m
  const prob = m.volume(i.prob, volumeShape(i))
  const wanted = target(m, i)
  const valid = algebra.sum(wanted, [4])
  const groups = i.perSample ? i.n : 1
  const beside = (x: typeof prob) => algebra.reshape(x, [groups, 1, 1, 1, i.c])
  const [pt, p, t] = foreground(m, i.sums, i, 0)
  const whole = beside(algebra.add(algebra.add(p, t), m.number(i.smooth)))
  const overlap = beside(algebra.add(algebra.add(pt, pt), m.number(i.smooth)))
  // d(-dice)/dp of each class at each voxel; the background, and a class that is nowhere, have none.
  const terms = Math.max(1, (i.c - 1) * groups)
  const slope = algebra.divide(
    algebra.subtract(algebra.multiply(algebra.add(wanted, wanted), whole), overlap),
    m.square(whole),
  )
  const counted = algebra.multiply(
    algebra.greater(whole, m.number(0)),
    algebra.greater(algebra.range([1, 1, 1, 1, i.c]), m.number(0)),
  )
  const dice = algebra.select(counted, algebra.multiply(slope, m.number(-i.wdice / terms)), m.number(0))
  const mean = algebra.sum(algebra.multiply(dice, prob), [4])
  const count = algebra.maximum(m.dense(i.sums + 1, [1]), m.number(1))
  const entropy = algebra.multiply(algebra.subtract(prob, wanted), algebra.divide(m.number(i.wce), count))
  const both = algebra.add(entropy, algebra.multiply(prob, algebra.subtract(dice, mean)))
  m.putVolume(i.dlogits, algebra.multiply(both, valid))
}

/** x - target, and the mask beside it. */
function masked<V>(m: Machine<V>, i: Omit<Arguments<'maskedSquarePartial'>, 'partial'>) {
  const off = m.algebra.subtract(m.volume(i.x, volumeShape(i)), m.dense(i.target, volumeShape(i)))
  return { off, mask: m.dense(i.mask, maskShape(i)) }
}

export const maskedSquarePartial: Rule<'maskedSquarePartial'> = (m, i) => {
  const { algebra } = m
  const { off, mask } = masked(m, i)
  const sums = [algebra.multiply(m.square(off), mask), mask].map((x) => algebra.sum(x, [0, 1, 2, 3, 4]))
  m.putDense(i.partial, algebra.concat(sums.map((sum) => algebra.reshape(sum, [1])), 0)) // prettier-ignore
}

/** max(1, C·Σmask), from the sums. */
const masses = <V>(m: Machine<V>, sums: number, c: number): V =>
  m.algebra.maximum(m.algebra.multiply(m.dense(sums + 1, [1]), m.number(c)), m.number(1))

export const maskedSquareLoss: Rule<'maskedSquareLoss'> = (m, i) => {
  m.putDense(i.sums, m.dense(i.partial, [2]))
  m.putDense(i.loss, m.algebra.divide(m.dense(i.sums, [1]), masses(m, i.sums, i.c)))
}

export const maskedSquareGrad: Rule<'maskedSquareGrad'> = (m, i) => {
  const { algebra } = m
  const { off, mask } = masked(m, i)
  const scale = algebra.divide(m.number(2), masses(m, i.sums, i.c))
  m.putVolume(i.dx, algebra.multiply(algebra.multiply(off, mask), scale))
}
