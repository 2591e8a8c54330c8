import { expect, test } from 'vitest'
import type { Evaluation } from '../../../shared/domain/records.ts'
import { signedPoints, verdictOf } from './verdict.ts'

const scored = (dice: number | null) => ({ dice }) as Evaluation

test('only differences of three points and more are called better or worse', () => {
  expect(verdictOf(scored(0.741), scored(0.7))?.kind).toBe('better')
  expect(verdictOf(scored(0.72), scored(0.7))?.kind).toBe('noise')
  expect(verdictOf(scored(0.68), scored(0.7))?.kind).toBe('noise')
  expect(verdictOf(scored(0.66), scored(0.7))?.kind).toBe('worse')
})

test('no verdict without both scores', () => {
  expect(verdictOf(scored(0.7), null)).toBeNull()
  expect(verdictOf(null, scored(0.7))).toBeNull()
  expect(verdictOf(scored(null), scored(0.7))).toBeNull()
})

test('points carry their sign', () => {
  expect([4.13, -0.26, 0.01].map(signedPoints)).toEqual(['+4.1', '−0.3', '±0.0'])
})
