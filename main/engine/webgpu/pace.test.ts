import { expect, it } from 'vitest'
import { Pace } from './pace.ts'

/** A run on a GPU that does `speed` operations a millisecond, in submissions that wait for each other. */
function run(pace: Pace, operations: number, speed: number, begin = 0): void {
  const submissions = Math.ceil(operations / pace.work)
  const each = Math.min(pace.work, operations) / speed
  pace.endOfRun(submissions)
  for (let i = 1; i <= submissions; i++) pace.done(begin, begin + i * each)
}

it('keeps every submission short on a weak GPU, after the first run', () => {
  const pace = new Pace()
  run(pace, 1e11, 5e6)
  expect(pace.work / 5e6).toBeLessThanOrEqual(200)
  const { work } = pace
  run(pace, 1e11, 5e6, 1e6)
  expect(pace.slowest).toBeLessThanOrEqual(200)
  expect(pace.work).toBe(work)
})

it('makes few submissions on a strong one', () => {
  const pace = new Pace()
  for (let i = 0; i < 4; i++) run(pace, 1e11, 1e10, i * 1e6)
  expect(pace.work).toBe(3e10)
})

it('counts from the end of the submission before, not from when it was submitted', () => {
  const pace = new Pace()
  pace.endOfRun(3)
  for (const end of [50, 100, 150]) pace.done(0, end)
  expect(pace.slowest).toBe(50)
})
