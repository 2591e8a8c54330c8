import { expect, test } from 'vitest'
import { traceLoops, type Loop } from './outline.ts'
import type { Slice } from './planes.ts'

/** A slice from a picture whose first line is the top (highest y). */
function slice(...lines: string[]): Slice {
  const rows = lines.toReversed()
  const samples = Uint8Array.from(rows.join(''), (c) => Number(c))
  return { width: rows[0].length, height: rows.length, samples }
}

/** Signed area of a loop: anticlockwise positive. */
const area = (loop: Loop) => {
  let sum = 0
  for (let n = 0; n < loop.length; n += 2) {
    const m = (n + 2) % loop.length
    sum += loop[n] * loop[m + 1] - loop[m] * loop[n + 1]
  }
  return sum / 2
}

test('one voxel is a square, run anticlockwise', () => {
  const loops = traceLoops(slice('000', '010', '000'), 1)
  expect(loops).toHaveLength(1)
  expect(area(loops[0])).toBe(1)
  expect(loops[0]).toHaveLength(8)
})

test('a hole is a loop of its own, run clockwise', () => {
  const loops = traceLoops(slice('111', '101', '111'), 1)
  expect(loops.map(area).sort((a, b) => a - b)).toEqual([-1, 9])
})

test('voxels that touch at a corner stay apart, in both directions', () => {
  for (const picture of [slice('01', '10'), slice('10', '01')]) expect(traceLoops(picture, 1).map(area)).toEqual([1, 1])
})

test('labels are told apart and borders at the edge of the slice are closed', () => {
  const picture = slice('1122', '1122')
  expect(traceLoops(picture, 1).map(area)).toEqual([4])
  expect(traceLoops(picture, 2).map(area)).toEqual([4])
  expect(traceLoops(picture, 3)).toEqual([])
})

test('the areas of all loops add up to the number of voxels, whatever the shape', () => {
  let seed = 7
  const samples = Uint8Array.from({ length: 40 * 30 }, () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return seed % 5 < 3 ? 1 : 0
  })
  const voxels = samples.reduce((n, v) => n + v, 0)
  const loops = traceLoops({ width: 40, height: 30, samples }, 1)
  expect(loops.map(area).reduce((a, b) => a + b, 0)).toBe(voxels)
})
