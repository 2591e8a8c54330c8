import { expect, test } from 'vitest'
import type { Training } from '../../shared/api/contract.ts'
import { progressOf } from './training.ts'

type Stage = Training['stages'][number]
const stage = (minutes: number, state: Stage['state'], seconds: number): Stage => ({
  ...{ key: 'pretrain', name: '', runId: null, done: 10, total: 10, etaSeconds: null },
  ...{ minutes, state, seconds },
})

test('a training is as far as its time, whatever part of a stage is at its end', () => {
  expect(progressOf([stage(3, 'waiting', 0), stage(7, 'waiting', 0)])).toBe(0)
  // Preparing is over: ten of ten scans.
  expect(progressOf([stage(3, 'running', 60), stage(7, 'waiting', 0)])).toBeCloseTo(0.1)
  expect(progressOf([stage(3, 'done', 180), stage(7, 'running', 210)])).toBeCloseTo(0.65)
  expect(progressOf([stage(3, 'done', 100), stage(7, 'done', 500)])).toBe(1)
})

test('a stage that takes longer than planned is not at its end', () => {
  expect(progressOf([stage(1, 'done', 60), stage(1, 'running', 600)])).toBeLessThan(0.95)
})
