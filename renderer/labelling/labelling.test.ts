import { expect, test } from 'vitest'
import { visitStroke } from './brush.ts'
import { History } from './history.ts'
import { LabelMap, sizeOf, type Change, type Rule, type Triple } from './map.ts'
import { visitPolygon, visitRectangle } from './polygon.ts'
import { Timeline } from './timeline.ts'

const shape: Triple = [20, 16, 12]
const empty = (spacing: Triple = [1, 1, 1]) => new LabelMap(new Uint8Array(20 * 16 * 12), shape, spacing)
const rule = (value: number, more: Partial<Rule> = {}): Rule => ({ value, kept: new Set(), gate: null, ...more })
const at = (x: number, y: number, z: number) => x + 20 * (y + 16 * z)

const step = (map: LabelMap, name: string, change: Change) => ({
  name,
  bytes: sizeOf(change),
  undo: () => map.revert(change),
  redo: () => map.repeat(change),
})

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
  const { starts, lengths } = dot.finish()!
  expect([...starts, ...lengths]).toEqual([at(10, 8, 6), 1])
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

test('undo and redo restore every voxel, one entry per stroke, also where a stroke crosses itself', async () => {
  const map = empty()
  const history = new History()
  const states = [map.samples.slice()]
  for (const [n, radius] of [3, 2, 4].entries()) {
    stroke(map, [5 + n, 8, 6], [12, 6, 6], radius, null, rule(n % 2 ? 0 : n + 1))
    stroke(map, [12, 6, 6], [5, 8, 6], radius, null, rule(n + 2))
    history.add(step(map, `stroke ${n}`, map.finish()!))
    states.push(map.samples.slice())
  }
  for (const n of [2, 1, 0]) {
    expect(await history.undo()).toBe(`stroke ${n}`)
    expect(map.samples).toEqual(states[n])
  }
  expect(await history.undo()).toBeNull()
  for (const n of [0, 1, 2]) {
    expect(await history.redo()).toBe(`stroke ${n}`)
    expect(map.samples).toEqual(states[n + 1])
  }
  const counts = new Float64Array(256)
  for (const value of map.samples) counts[value]++
  expect(map.counts).toEqual(counts)
})

test('the history keeps to its budget, and a new edit ends redo', async () => {
  const map = empty()
  // A disc of 13 voxels is 5 runs of 10 bytes.
  const history = new History((5 * 10 + 64) * 2)
  for (let n = 0; n < 5; n++) {
    stroke(map, [10, 8, n], [10, 8, n], 2, 2)
    history.add(step(map, `${n}`, map.finish()!))
  }
  expect([await history.undo(), await history.undo(), await history.undo()]).toEqual(['4', '3', null])
  stroke(map, [2, 2, 2], [2, 2, 2], 0.1, 2, rule(7))
  history.add(step(map, 'other', map.finish()!))
  expect(history.nextRedo).toBeNull()
})

test('a step that fails to be undone stays, and says why', async () => {
  const history = new History()
  const failing = () => Promise.reject(new Error('no connection'))
  history.add({ name: 'delete', bytes: 0, undo: failing, redo: failing })
  await expect(history.undo()).rejects.toThrow('no connection')
  expect([history.nextUndo?.name, history.nextRedo]).toEqual(['delete', null])
})

test('undo goes back over scan and project in the order in which things were done', async () => {
  const log: string[] = []
  const note = (name: string) => ({
    name,
    bytes: 0,
    undo: () => void log.push(`-${name}`),
    redo: () => void log.push(`+${name}`),
  })
  const timeline = new Timeline()
  timeline.own = new History()
  timeline.add(note('stroke'), 'own')
  timeline.add(note('rename'), 'shared')
  timeline.add(note('erase'), 'own')
  expect(timeline.undoName).toBe('erase')
  for (let n = 0; n < 4; n++) await timeline.undo()
  for (let n = 0; n < 4; n++) await timeline.redo()
  expect(log).toEqual(['-erase', '-rename', '-stroke', '+stroke', '+rename', '+erase'])
  // On another scan, only the project's steps are left.
  await timeline.undo()
  timeline.own = new History()
  expect([timeline.undoName, timeline.redoName]).toEqual(['rename', null])
  await timeline.undo()
  timeline.add(note('other'), 'own')
  expect(timeline.redoName).toBeNull()
})

test('an undo that is asked for while something else is at work waits for it', async () => {
  const log: string[] = []
  const timeline = new Timeline()
  timeline.own = new History()
  timeline.add({ name: 'stroke', bytes: 0, undo: () => void log.push('undone'), redo: () => {} }, 'own')
  const { promise, resolve } = Promise.withResolvers<void>()
  const work = timeline.inTurn(() => promise.then(() => log.push('done')))
  const undo = timeline.undo()
  resolve()
  await Promise.all([work, undo])
  expect(log).toEqual(['done', 'undone'])
  // One that fails holds nothing up.
  await expect(timeline.inTurn(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
  expect(await timeline.redo()).toBe('stroke')
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

test('the first complete slice makes the rest unknown, what is painted stays; the last one taken back undoes that', () => {
  const map = empty()
  stroke(map, [10, 8, 6], [10, 8, 6], 2, null)
  const start = map.samples.slice()
  expect(map.finish()).not.toBeNull()
  map.mark(2, 6, true)
  const first = map.finish()!
  expect([map.counts[1], map.counts[0]]).toEqual([33, 20 * 16 - 13])
  expect(map.counts[255]).toBe(20 * 16 * 11 - 20)
  map.mark(0, 3, true)
  const second = map.finish()!
  expect(map.counts[0]).toBe(20 * 16 - 13 + 16 * 11)
  // Where two complete slices cross, taking one back leaves the other.
  map.mark(2, 6, false)
  expect(map.samples[at(3, 5, 6)]).toBe(0)
  expect(map.samples[at(4, 5, 6)]).toBe(255)
  map.cancel()
  expect([...map.marks[2]].indexOf(1)).toBe(6)
  map.revert(second)
  map.mark(2, 6, false)
  expect(map.samples).toEqual(start)
  expect(map.partial).toBe(false)
  map.cancel()
  map.revert(first)
  expect(map.samples).toEqual(start)
  expect(map.partial).toBe(false)
  map.repeat(first)
  expect(map.marks[2][6]).toBe(1)
})

test('erasing leaves background in a complete slice and unknown elsewhere; the marks are read back from a saved map', () => {
  const map = empty()
  map.mark(2, 6, true)
  map.mark(1, 4, true)
  stroke(map, [10, 8, 6], [10, 8, 6], 2, null)
  stroke(map, [10, 8, 6], [10, 8, 6], 2, null, rule(0))
  expect(map.counts[1]).toBe(0)
  expect([map.samples[at(10, 8, 6)], map.samples[at(10, 8, 5)]]).toEqual([0, 255])
  const again = new LabelMap(map.samples.slice(), shape, [1, 1, 1])
  expect(again.marks).toEqual(map.marks)
})

test('a map that came with unknown voxels and no complete slice keeps them', () => {
  const samples = new Uint8Array(20 * 16 * 12).map((_, n) => (n % 2 ? 255 : 0))
  const map = new LabelMap(samples.slice(), shape, [1, 1, 1])
  map.mark(2, 3, true)
  expect(map.counts[255]).toBe(20 * 16 * 11 * 0.5)
  map.cancel()
  expect(map.samples).toEqual(samples)
})

test('a map becomes another one, and goes back, marks and all', () => {
  const map = empty()
  stroke(map, [10, 8, 6], [10, 8, 6], 3, null)
  map.finish()
  const before = map.samples.slice()
  const other = new LabelMap(new Uint8Array(before.length), shape, [1, 1, 1])
  other.mark(2, 2, true)
  stroke(other, [4, 4, 2], [4, 4, 2], 2, null, rule(5))
  map.become(other.samples)
  const change = map.finish()!
  expect(map.samples).toEqual(other.samples)
  expect(map.marks).toEqual(other.marks)
  map.revert(change)
  expect(map.samples).toEqual(before)
  expect(map.partial).toBe(false)
  const counts = new Float64Array(256)
  for (const value of map.samples) counts[value]++
  expect(map.counts).toEqual(counts)
})
