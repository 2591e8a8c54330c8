import { expect, test } from 'vitest'
import { axisFor, smooth, thin, tickWords, type Point } from './scale.ts'

test('ticks are round and enclose the values', () => {
  expect(axisFor([0.13, 0.92]).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  expect(axisFor([3, 1480], { log: false }).ticks).toEqual([0, 500, 1000, 1500])
  expect(axisFor([5, 5]).ticks.length).toBeGreaterThan(1)
  expect(axisFor([]).ticks.length).toBeGreaterThan(1)
})

test('wide positive ranges are logarithmic, others never', () => {
  const axis = axisFor([0.004, 2])
  expect(axis.log).toBe(true)
  expect(axis.ticks).toEqual([0.001, 0.01, 0.1, 1, 10])
  expect(axis.place(0.001)).toBe(0)
  expect(axis.place(10)).toBe(1)
  expect(axisFor([0, 2]).log).toBe(false)
  expect(axisFor([-1, 200]).log).toBe(false)
})

test('values that are not numbers are left out of the range', () => {
  expect(axisFor([1, NaN, 2, Infinity]).high).toBe(2)
})

test('thinning keeps the end and the level', () => {
  const points: Point[] = Array.from({ length: 1000 }, (_, n) => [n, 7])
  const few = thin(points, 100)
  expect(few).toHaveLength(100)
  expect(few.at(-1)).toEqual([999, 7])
})

test('smoothing keeps the ends, constants and straight lines', () => {
  expect(smooth([[0, 4]])[0][1]).toBeCloseTo(4)
  const line = Array.from({ length: 200 }, (_, n): Point => [n, 3 + n])
  smooth(line).forEach(([x, y]) => expect(y).toBeCloseTo(3 + x))
})

test('ticks are short', () => {
  expect([0, 0.25, 1500, 20000].map(tickWords)).toEqual(['0', '0.25', '1.5k', '20k'])
})
