import { expect, it } from 'vitest'
import { divide } from './datasets.ts'

/** In runs of 1 to 8, as scans of several subjects are numbered. */
const names = Array.from({ length: 24 }, (_, subject) =>
  Array.from({ length: 1 + ((subject * 5) % 8) }, (_, i) => `scan_${String(subject * 10 + i).padStart(3, '0')}`),
).flat()

it('divides scans into lists of about the same length, each scan in one of them', () => {
  const lists = divide(names)
  const lengths = lists.map((list) => list.length)
  expect(lists.flat().toSorted()).toEqual(names)
  expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(8)
  expect(divide(names)).toEqual(lists)
})

it('keeps neighbours in the numbering together', () => {
  const listOf = new Map(divide(names).flatMap((list, i) => list.map((name) => [name, i] as const)))
  const torn = names.filter((name, i) => {
    const next = names[i + 1]
    return next?.slice(0, -1) === name.slice(0, -1) && listOf.get(next) !== listOf.get(name)
  })
  expect(torn).toEqual([])
})
