import { expect, test } from 'vitest'
import { visitStroke } from './brush.ts'
import { History } from './history.ts'
import { LabelMap, type Rule, type Triple } from './map.ts'
import { visitPolygon, visitRectangle } from './polygon.ts'

const shape: Triple = [20, 16, 12]
const empty = (spacing: Triple = [1, 1, 1]) => new LabelMap(new Uint8Array(20 * 16 * 12), shape, spacing)
const rule = (value: number, more: Partial<Rule> = {}): Rule => ({ value, kept: new Set(), gate: null, ...more })
const at = (x: number, y: number, z: number) => x + 20 * (y + 16 * z)

function stroke(map: LabelMap, from: Triple, to: Triple, radius: number, normal: 0 | 1 | 2 | null, how = rule(1)) {
  visitStroke(map.shape, map.spacing, from, to, radius, normal, (index) => map.paint(index, how))
}

test('a circle of 2 mm covers 13 voxels of one slice, a sphere of 2 mm 33', () => {
  const map = empty()
  stroke(map, [10, 8, 6], [10, 8, 6], 2, 2)
  expect(map.counts[1]).toBe(13)
  const ball = empty()
  stroke(ball, [10, 8, 6], [10, 8, 6], 2, null)
  expect(ball.counts[1]).toBe(33)
})

test('the radius is in mm on every axis', () => {
  const map = empty([0.5, 1, 3])
  stroke(map, [10, 8, 6], [10, 8, 6], 2, 2)
  // |x| ≤ 4 at y = 0, 3 at ±1 (√3 / 0.5), 0 at ±2
  expect(map.counts[1]).toBe(9 + 2 * 7 + 2)
  const ball = empty([0.5, 1, 3])
  stroke(ball, [10, 8, 6], [10, 8, 6], 3, null)
  expect([5, 7].map((z) => ball.samples[at(10, 8, z)])).toEqual([1, 1])
  expect([4, 8].map((z) => ball.samples[at(10, 8, z)])).toEqual([0, 0])
})

test('a stroke is a capsule without gaps, and the smallest brush is one voxel', () => {
  const map = empty()
  stroke(map, [3, 8, 6], [15, 8, 6], 1, 2)
  expect(map.counts[1]).toBe(13 * 3 + 2)
  const dot = empty()
  stroke(dot, [10.4, 7.6, 6], [10.4, 7.6, 6], 0.01, 2)
  expect(Array.from(dot.finish()!.indices)).toEqual([at(10, 8, 6)])
})

test('a brush at the border stays inside the scan', () => {
  const map = empty()
  stroke(map, [0, 0, 0], [0, 0, 0], 2, null)
  // An eighth of the ball with its three faces: x, y, z ≥ 0 and x² + y² + z² ≤ 4.
  expect(map.counts[1]).toBe(11)
  stroke(map, [-8, -8, 0], [-8, -8, 0], 2, 2)
  expect(map.counts[1]).toBe(11)
})

test('the gate lets through only voxels of its range, locked labels stay', () => {
  const map = empty()
  const samples = Float32Array.from(map.samples, (_, index) => index % 20)
  stroke(map, [10, 8, 6], [10, 8, 6], 2, 2, rule(1, { gate: { samples, low: 10, high: 11 } }))
  expect(map.counts[1]).toBe(5 + 3)
  stroke(map, [10, 8, 6], [10, 8, 6], 2, 2, rule(2, { kept: new Set([1]) }))
  expect([map.counts[1], map.counts[2]]).toEqual([8, 5])
})

test('undo and redo restore every voxel, one entry per stroke, also where a stroke crosses itself', () => {
  const map = empty()
  const history = new History()
  const states = [map.samples.slice()]
  for (const [n, radius] of [3, 2, 4].entries()) {
    stroke(map, [5 + n, 8, 6], [12, 6, 6], radius, null, rule(n % 2 ? 0 : n + 1))
    stroke(map, [12, 6, 6], [5, 8, 6], radius, null, rule(n + 2))
    history.add(`stroke ${n}`, map.finish()!)
    states.push(map.samples.slice())
  }
  for (const n of [2, 1, 0]) {
    expect(history.undo(map)).toBe(`stroke ${n}`)
    expect(map.samples).toEqual(states[n])
  }
  expect(history.undo(map)).toBeNull()
  for (const n of [0, 1, 2]) {
    expect(history.redo(map)).toBe(`stroke ${n}`)
    expect(map.samples).toEqual(states[n + 1])
  }
  const counts = new Float64Array(256)
  for (const value of map.samples) counts[value]++
  expect(map.counts).toEqual(counts)
})

test('the history keeps to its budget, and a new edit ends redo', () => {
  const map = empty()
  const history = new History(6 * 13 * 2 + 128)
  for (let n = 0; n < 5; n++) {
    stroke(map, [10, 8, n], [10, 8, n], 2, 2)
    history.add(`${n}`, map.finish()!)
  }
  expect([history.undo(map), history.undo(map), history.undo(map)]).toEqual(['4', '3', null])
  stroke(map, [2, 2, 2], [2, 2, 2], 0.1, 2, rule(7))
  history.add('other', map.finish()!)
  expect(history.redoName).toBeNull()
})

test('a cancelled edit leaves nothing behind, one without effect no entry', () => {
  const map = empty()
  stroke(map, [10, 8, 6], [10, 8, 6], 3, null)
  map.cancel()
  expect(map.counts[0]).toBe(20 * 16 * 12)
  stroke(map, [10, 8, 6], [10, 8, 6], 3, null)
  stroke(map, [10, 8, 6], [10, 8, 6], 3, null, rule(0))
  expect(map.finish()).toBeNull()
})

test('a lasso fills the voxels whose centres it encloses, a rectangle both its corners', () => {
  const filled: number[] = []
  const outline: Triple[] = [
    [2.5, 2.5, 4],
    [6.5, 2.5, 4],
    [6.5, 5.5, 4],
    [2.5, 5.5, 4],
  ]
  visitPolygon(shape, 2, 4, outline, (index) => filled.push(index))
  expect(filled).toHaveLength(4 * 3)
  expect(filled).toContain(at(3, 3, 4))
  const outside: number[] = []
  const far: Triple[] = [
    [3, -5, -9],
    [3, 99, -9],
    [3, 99, 99],
    [3, -5, 99],
  ]
  visitPolygon(shape, 0, 3, far, (index) => outside.push(index))
  expect(outside).toHaveLength(16 * 12)
  const box: number[] = []
  visitRectangle(shape, 1, 8, [2, 8, 3], [5, 8, 1], (index) => box.push(index))
  expect(box).toHaveLength(4 * 3)
})
