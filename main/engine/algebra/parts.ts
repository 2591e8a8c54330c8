/** What several rules share. */
import type { Algebra } from './algebra.ts'
import type { Machine } from './machine.ts'

/** [rows, classes]: 1 at the place that each number names; a row of zeros where it names none. */
export function oneHot<V>(m: Machine<V>, numbers: number, rows: number, classes: number): V {
  return m.algebra.equal(m.dense(numbers, [rows, 1]), m.algebra.range([1, classes]))
}

/** A tensor with columns `from` … of its last axis replaced, or added to. */
export function withColumns<V>(algebra: Algebra<V>, into: V, from: number, part: V, accumulate: number): V {
  const sizes = algebra.shapeOf(into)
  const axis = sizes.length - 1
  const width = algebra.shapeOf(part)[axis]
  const columns = (start: number, end: number): V[] =>
    end > start ? [algebra.slice(into, sizes.map((_, k) => (k === axis ? start : 0)), sizes.with(axis, end - start))] : [] // prettier-ignore
  const middle = accumulate ? algebra.add(columns(from, from + width)[0], part) : part
  const all = [...columns(0, from), middle, ...columns(from + width, sizes[axis])]
  return all.length === 1 ? middle : algebra.concat(all, axis)
}
