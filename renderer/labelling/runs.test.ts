import { expect, test } from 'vitest'
import { emptyBy } from '../../shared/domain/partial-labels.ts'
import { LabelMap, type Triple } from './map.ts'

const shape: Triple = [23, 17, 41]
const voxels = shape[0] * shape[1] * shape[2]
const random = (seed: number) => () => (seed = (seed * 1103515245 + 12345) >>> 0) / 2 ** 32

/** Runs of 0, 1 and 2, of all lengths; more than one block of the map. */
function filled(seed: number): LabelMap {
  const samples = new Uint8Array(voxels)
  const next = random(seed)
  for (let at = 0; at < voxels;) {
    const end = Math.min(voxels, at + 1 + Math.floor(next() * next() * 300))
    samples.fill(Math.floor(next() * 3), at, end)
    at = end
  }
  return new LabelMap(samples, shape, [1, 1, 1])
}

function counted(map: LabelMap): Float64Array {
  const counts = new Float64Array(256)
  for (const value of map.samples) counts[value]++
  return counts
}

/** What an edit must have made of the map, and that it is taken back and made again exactly. */
function proves(map: LabelMap, edit: () => void, wanted: (before: number, index: number) => number): void {
  const before = map.samples.slice()
  edit()
  const after = map.samples.slice()
  expect(after).toEqual(before.map(wanted))
  expect(map.counts).toEqual(counted(map))
  const change = map.finish()!
  for (const [state, act] of [
    [before, () => map.revert(change)],
    [after, () => map.repeat(change)],
  ] as const) {
    act()
    expect(map.samples).toEqual(state)
    expect(map.counts).toEqual(counted(map))
  }
  let voxelsChanged = 0
  for (let n = 0; n < change.lengths.length; n++) voxelsChanged += change.lengths[n]
  expect(voxelsChanged).toBe(before.filter((value, n) => value !== after[n]).length)
}

test.each([0, 1, 2] as const)(
  'the first complete slice across axis %i makes the rest unknown, voxel by voxel',
  (axis) => {
    const map = filled(axis)
    const at = Math.floor(shape[axis] / 3)
    const edit = () => map.mark(axis, at, true)
    proves(map, edit, (was, index) => was || emptyBy(map.marks, shape, index))
    proves(
      map,
      () => map.clear(2),
      (was, index) => (was === 2 ? emptyBy(map.marks, shape, index) : was),
    )
    proves(
      map,
      () => map.mark(axis, at, false),
      (was) => (was === 255 ? 0 : was),
    )
  },
)

test('clearing a label leaves the others, and an edit that is cancelled leaves all', () => {
  const map = filled(7)
  proves(
    map,
    () => map.clear(1),
    (was) => (was === 1 ? 0 : was),
  )
  const before = map.samples.slice()
  map.clear(2)
  map.fill(100, 9000, 5)
  map.cancel()
  expect(map.samples).toEqual(before)
  expect(map.counts).toEqual(counted(map))
  expect(map.finish()).toBeNull()
})
