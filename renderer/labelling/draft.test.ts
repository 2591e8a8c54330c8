import { expect, test } from 'vitest'
import { draftBytes, packRuns, readDraftBytes, unpackRuns } from './draft.ts'

test('runs hold every voxel, also at both ends and for an empty map', () => {
  for (const values of [[], [0], [1, 1, 0, 2, 2, 2, 0, 0, 255], [0, 0, 0, 7]]) {
    const samples = Uint8Array.from(values)
    expect(unpackRuns(packRuns(samples), samples.length)).toEqual(samples)
  }
  expect(packRuns(new Uint8Array(1000))).toHaveLength(2)
  expect(() => unpackRuns(Uint32Array.of(3, 1), 4)).toThrow(RangeError)
})

test('a draft goes through its bytes, whatever the length of its head; damage is no draft', () => {
  for (const parentId of [null, 'label-1', 'label-12', 'label-123', 'label-1234']) {
    const draft = { caseId: 'case-1', parentId, voxels: 8, when: 12, runs: Uint32Array.of(5, 0, 3, 10) }
    const bytes = draftBytes(draft)
    expect(readDraftBytes(bytes.buffer)).toEqual(draft)
    expect(readDraftBytes(bytes.slice(0, -3).buffer)).toBeUndefined()
  }
  expect(readDraftBytes(new ArrayBuffer(0))).toBeUndefined()
})
