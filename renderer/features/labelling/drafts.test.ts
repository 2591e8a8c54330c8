import { expect, test } from 'vitest'
import { packRuns, unpackRuns } from './drafts.ts'

test('runs hold every voxel, also at both ends and for an empty map', () => {
  for (const values of [[], [0], [1, 1, 0, 2, 2, 2, 0, 0, 255], [0, 0, 0, 7]]) {
    const samples = Uint8Array.from(values)
    expect(unpackRuns(packRuns(samples), samples.length)).toEqual(samples)
  }
  expect(packRuns(new Uint8Array(1000))).toHaveLength(2)
  expect(() => unpackRuns(Uint32Array.of(3, 1), 4)).toThrow(RangeError)
})
