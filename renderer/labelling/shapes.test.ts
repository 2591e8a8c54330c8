import { expect, test } from 'vitest'
import { fillBetween } from './between.ts'
import { boxAround, cutBox, pasteBox } from './box.ts'
import { signedDistance } from './distance.ts'
import { growRegion } from './grow.ts'
import { allButLargest, holes, insideOf, smallPieces } from './islands.ts'
import { runJob, type LabelJob } from './jobs.ts'
import { LabelMap, type Triple } from './map.ts'
import { margin } from './margin.ts'
import { areaOf, borderOf, cutArea, fillArea, type Outline } from './outlines.ts'
import { nearestSlice } from './slices.ts'
import { smoothed } from './smooth.ts'

const shape: Triple = [24, 20, 16]
const [nx, ny, nz] = shape
const at = (x: number, y: number, z: number) => x + nx * (y + ny * z)
/** A map of 1 where the function says so. */
function make(inside: (x: number, y: number, z: number) => boolean): Uint8Array<ArrayBuffer> {
  const map = new Uint8Array(nx * ny * nz)
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++) if (inside(x, y, z)) map[at(x, y, z)] = 1
  return map
}
const count = (map: Uint8Array) => map.reduce((n, one) => n + (one ? 1 : 0), 0)

test('signed distances are exact on anisotropic voxels', () => {
  let seed = 3
  const inside = Uint8Array.from({ length: 15 * 11 }, () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return seed % 7 === 0 ? 1 : 0
  })
  const found = signedDistance(inside, 15, 11, 0.5, 2)
  for (let n = 0; n < inside.length; n++) {
    let nearest = Infinity
    for (let m = 0; m < inside.length; m++)
      if (inside[m] !== inside[n])
        nearest = Math.min(
          nearest,
          Math.hypot(((m % 15) - (n % 15)) * 0.5, (Math.floor(m / 15) - Math.floor(n / 15)) * 2),
        )
    expect(found[n]).toBeCloseTo(inside[n] ? 0.25 - nearest : nearest - 0.25, 9)
  }
})

test('between two equal discs lies the same disc, on every axis', () => {
  const disc = (x: number, y: number) => (x - 10) ** 2 + (y - 9) ** 2 <= 16
  const map = make((x, y, z) => (z === 3 || z === 9) && disc(x, y))
  const { mask, slices } = fillBetween(map, shape, [1, 1, 3], 2, 1)
  expect(slices).toBe(5)
  expect(mask).toEqual(make((x, y, z) => z > 3 && z < 9 && disc(x, y)))
  const across = make((x, y, z) => (x === 2 || x === 5) && disc(z + 2, y))
  expect(fillBetween(across, shape, [3, 1, 1], 0, 1).mask).toEqual(make((x, y, z) => x > 2 && x < 5 && disc(z + 2, y)))
})

test('between a small and a large disc the radius grows evenly; a slanted rod stays whole', () => {
  const cone = make(
    (x, y, z) => (z === 2 && (x - 10) ** 2 + (y - 9) ** 2 <= 4) || (z === 8 && (x - 10) ** 2 + (y - 9) ** 2 <= 64),
  )
  const { mask } = fillBetween(cone, shape, [1, 1, 1], 2, 1)
  const widths = [3, 4, 5, 6, 7].map(
    (z) => Array.from({ length: nx }, (_, x) => mask[at(x, 9, z)]).filter(Boolean).length,
  )
  // Whole voxels: a step may come one slice late.
  for (const [n, width] of widths.entries()) expect(Math.abs(width - (7 + 2 * n))).toBeLessThanOrEqual(2)
  expect(widths).toEqual([...widths].sort((a, b) => a - b))
  const rod = make(
    (x, y, z) => (z === 2 && Math.abs(x - 4) <= 1 && y === 9) || (z === 10 && Math.abs(x - 18) <= 1 && y === 9),
  )
  const filled = fillBetween(rod, shape, [1, 1, 1], 2, 1).mask
  for (let z = 3; z < 10; z++) {
    const row = Array.from({ length: nx }, (_, x) => filled[at(x, 9, z)])
    expect(row.filter(Boolean).length).toBeGreaterThanOrEqual(2)
  }
})

test('nothing is filled without a gap', () => {
  expect(
    fillBetween(
      make((x, _, z) => x === 3 && z < 2),
      shape,
      [1, 1, 1],
      2,
      1,
    ).slices,
  ).toBe(0)
})

test('islands: the largest stays, small ones go, corners do not join', () => {
  const map = make(
    (x, y, z) => (x < 4 && y < 4 && z < 4) || (x === 4 && y === 4 && z === 4) || (x > 20 && y > 17 && z > 13),
  )
  expect(count(map)).toBe(64 + 1 + 12)
  expect(count(allButLargest(map, shape, 1))).toBe(13)
  expect(count(smallPieces(map, shape, 1, 12))).toBe(1)
  expect(count(smallPieces(map, shape, 1, 13))).toBe(13)
  expect(count(allButLargest(new Uint8Array(map.length), shape, 1))).toBe(0)
})

test('holes are filled, bays are not', () => {
  const shell = make((x, y, z) => {
    const most = Math.max(Math.abs(x - 10), Math.abs(y - 10), Math.abs(z - 8))
    return most === 3
  })
  expect(count(holes(shell, shape, 1))).toBe(125)
  shell[at(13, 10, 8)] = 0
  expect(count(holes(shell, shape, 1))).toBe(0)
  // One slice: a ring has a hole although the slice is the scan's border.
  const ring = Uint8Array.from([0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
  expect(count(holes(ring, [5, 5, 1], 1))).toBe(1)
})

test('smoothing takes a bump off, keeps a flat side, and knows millimetres', () => {
  const map = make((x) => x < 10)
  expect(smoothed(map, shape, [1, 1, 1], 1.5)).toEqual(map)
  map[at(10, 10, 8)] = 1
  expect(count(smoothed(map, shape, [1, 1, 1], 1.5))).toBe(10 * ny * nz)
  // Slices 8 mm thick: a single labelled slice stays when smoothed by 1 mm.
  const slice = make((x, y, z) => z === 8 && x > 4 && x < 18 && y > 3 && y < 16)
  expect(Math.abs(count(smoothed(slice, shape, [1, 1, 8], 1)) - count(slice))).toBeLessThan(16)
})

test('a region grows through faces within the tolerance, and not through what is closed', () => {
  const samples = Int16Array.from(
    make((x, y, z) => x > 3 && x < 9 && y > 3 && y < 9 && z > 3 && z < 9),
    (one) => one * 100,
  )
  samples[at(9, 5, 5)] = 60
  samples[at(10, 6, 5)] = 100
  const mask = new Uint8Array(samples.length)
  const none = () => false
  expect(growRegion(samples, shape, at(5, 5, 5), 100, 10, none, 2, mask)).toBe(125)
  expect(growRegion(samples, shape, at(5, 5, 5), 100, 50, none, 2, mask)).toBe(126)
  expect(mask[at(10, 6, 5)]).toBe(0)
  expect(growRegion(samples, shape, at(5, 5, 5), 100, 100, none, 2, mask)).toBe(nx * ny * nz)
  expect(growRegion(samples, shape, at(5, 5, 5), 100, 10, (n) => n % nx === 6, 2, mask)).toBe(50)
  expect(count(insideOf(mask, 2))).toBe(50)
})

test('the nearest slice with a label: the one before where both are equally near', () => {
  const map = make((x, _, z) => x === 3 && (z === 4 || z === 8))
  expect(nearestSlice(map, shape, 2, 6, 1)).toBe(4)
  expect(nearestSlice(map, shape, 2, 7, 1)).toBe(8)
  expect(nearestSlice(map, shape, 2, 7, 2)).toBeNull()
})

test('a margin is in millimetres on every axis; shrinking takes back what growing gave a convex shape', () => {
  const map = make((x, y, z) => x === 12 && y === 10 && z === 8)
  const grown = margin(map, shape, [1, 1, 3], 3)
  expect(grown).toEqual(make((x, y, z) => (x - 12) ** 2 + (y - 10) ** 2 + 9 * (z - 8) ** 2 <= 9))
  const box = make((x, y, z) => Math.max(Math.abs(x - 12), Math.abs(y - 10), Math.abs(z - 8)) <= 3)
  expect(margin(margin(box, shape, [1, 1, 1], 2), shape, [1, 1, 1], -2)).toEqual(box)
  // At the scan's border nothing is eaten away.
  const cutOff = make((x) => x < 5)
  expect(margin(cutOff, shape, [1, 1, 1], -2)).toEqual(make((x) => x < 3))
})

test('an edit of a label looks at its own box only, with the same result', () => {
  const map = make((x, y, z) => (x - 12) ** 2 + (y - 10) ** 2 + (z - 8) ** 2 <= 20 || (x > 20 && y === 2 && z === 3))
  expect(boxAround(map, shape, 1, [0, 0, 0])).toEqual({ low: [8, 2, 3], shape: [16, 13, 10] })
  expect(boxAround(map, shape, 2, [0, 0, 0])).toBeNull()
  const box = boxAround(map, shape, 1, [1, 9, 1])!
  expect(box).toEqual({ low: [7, 0, 2], shape: [17, 20, 12] })
  expect(pasteBox(cutBox(map, shape, box), shape, box)).toEqual(map)
  const job = { shape, spacing: [1, 1, 1] as Triple, normal: 2 as const, value: 1 }
  const edit = (kind: LabelJob['kind'], amount = 0) => runJob({ ...job, kind, amount, samples: map.slice() })
  expect(edit('largest')).toMatchObject({ added: 0, removed: 3 })
  const smooth = smoothed(map, shape, [1, 1, 1], 1)
  expect(edit('smooth', 1).mask).toEqual(map.map((one, n) => (one === smooth[n] ? 0 : smooth[n] ? 1 : 255)))
  const bigger = margin(map, shape, [1, 1, 1], 2)
  expect(edit('margin', 2).mask).toEqual(map.map((one, n) => (one || !bigger[n] ? 0 : 1)))
  expect(edit('margin', -2).removed).toBe(count(map) - count(margin(map, shape, [1, 1, 1], -2)))
})

test('a circle is round in millimetres; its border and a rectangle’s are where they are drawn', () => {
  const spacing: Triple = [1, 1, 3]
  const circle: Outline = { kind: 'circle', normal: 1, path: [], first: [10, 5, 8], last: [16, 5, 8] }
  const area = areaOf(circle, shape, spacing)
  expect(area).toHaveLength(nx * nz)
  expect(count(area)).toBe(count(make((x, y, z) => y === 5 && (x - 10) ** 2 + 9 * (z - 8) ** 2 <= 36)))
  for (const [x, y, z] of borderOf(circle, spacing)) {
    expect(y).toBe(5)
    expect(Math.hypot(x - 10, 3 * (z - 8))).toBeCloseTo(6)
  }
  expect(borderOf({ ...circle, kind: 'rectangle', last: [16, 5, 11] }, spacing)).toEqual([
    [10, 5, 8],
    [10, 5, 11],
    [16, 5, 11],
    [16, 5, 8],
  ])
})

test('scissors cut inside or outside, one slice or all, and only the labels they are told', () => {
  const outline: Outline = { kind: 'rectangle', normal: 2, path: [], first: [4, 4, 8], last: [9, 8, 8] }
  const area = areaOf(outline, shape, [1, 1, 1])
  const takes = new Uint8Array(256)
  takes[1] = 1
  const cut = (slices: [number, number], outside: boolean) => {
    const map = new LabelMap(
      make((x, _, z) => z > 5 && x < 20).map((one, n) => (one && n % nx === 6 ? 2 : one)),
      shape,
      [1, 1, 1],
    )
    const before = [map.counts[1], map.counts[2]]
    cutArea(map, 2, slices, area, outside, takes)
    return [before[0] - map.counts[1], before[1] - map.counts[2]]
  }
  const slices = nz - 6
  expect(cut([8, 8], false)).toEqual([5 * 5, 0])
  expect(cut([0, nz - 1], false)).toEqual([25 * slices, 0])
  expect(cut([8, 8], true)).toEqual([19 * ny - 25, 0])
  expect(cut([0, nz - 1], true)).toEqual([(19 * ny - 25) * slices, 0])
  const map = new LabelMap(new Uint8Array(nx * ny * nz), shape, [1, 1, 1])
  fillArea(map, 2, 8, area, { value: 3, kept: new Set(), gate: null })
  expect(map.counts[3]).toBe(30)
})
