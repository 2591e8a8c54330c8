import { expect, test } from 'vitest'
import type { Index3 } from '../planes.ts'
import { boxesOf, meshOf } from './mesh.ts'

/** A ball of `radius` mm around `centre` (mm), as label 3. */
function ball(shape: Index3, spacing: Index3, centre: Index3, radius: number): Uint8Array {
  const map = new Uint8Array(shape[0] * shape[1] * shape[2])
  for (let n = 0; n < map.length; n++) {
    const at = [n % shape[0], Math.floor(n / shape[0]) % shape[1], Math.floor(n / (shape[0] * shape[1]))]
    if (Math.hypot(...at.map((i, a) => i * spacing[a] - centre[a])) <= radius) map[n] = 3
  }
  return map
}

test('a ball has a round surface with normals that point outwards, also on anisotropic voxels', () => {
  const [shape, spacing, centre]: Index3[] = [
    [40, 40, 14],
    [1, 1, 3],
    [20, 19, 21],
  ]
  const map = ball(shape, spacing, centre, 12)
  const mesh = meshOf(map, shape, spacing, 3, boxesOf(map, shape).get(3)!)
  expect(mesh.places.length).toBeGreaterThan(900)
  let outwards = 0
  for (let n = 0; n < mesh.places.length; n += 3) {
    const from = [0, 1, 2].map((a) => mesh.places[n + a] - centre[a])
    const distance = Math.hypot(...from)
    // A voxel is 3 mm high: half of it, and a bit.
    expect(Math.abs(distance - 12)).toBeLessThan(2.5)
    outwards += from.reduce((sum, value, a) => sum + value * mesh.normals[n + a], 0) / distance
  }
  expect(outwards / (mesh.places.length / 3)).toBeGreaterThan(0.9)
})

test('every edge belongs to two quads: the surface is closed', () => {
  const shape: Index3 = [12, 12, 12]
  const map = ball(shape, [1, 1, 1], [5, 6, 6], 4)
  const { quads } = meshOf(map, shape, [1, 1, 1], 3, boxesOf(map, shape).get(3)!)
  const edges = new Map<string, number>()
  for (let q = 0; q < quads.length; q += 4)
    for (let n = 0; n < 4; n++) {
      const ends = [quads[q + n], quads[q + ((n + 1) % 4)]].sort((a, b) => a - b).join()
      edges.set(ends, (edges.get(ends) ?? 0) + 1)
    }
  expect([...new Set(edges.values())]).toEqual([2])
})

test('one voxel, a line at the border of the scan and a single slice keep a surface', () => {
  for (const shape of [
    [5, 5, 5],
    [5, 5, 1],
  ] as Index3[]) {
    const map = new Uint8Array(shape[0] * shape[1] * shape[2])
    map.set([2, 2, 2, 2, 2])
    const mesh = meshOf(map, shape, [1, 1, 1], 2, boxesOf(map, shape).get(2)!)
    expect(mesh.quads.length / 4).toBe(22)
  }
})

test('a large label is thinned out, a thin one does not vanish by it', () => {
  const shape: Index3 = [300, 20, 20]
  const map = new Uint8Array(300 * 20 * 20)
  for (let x = 0; x < 300; x++)
    for (let y = 9; y < 12; y++) for (let z = 9; z < 12; z++) map[x + 300 * (y + 20 * z)] = 1
  const mesh = meshOf(map, shape, [1, 1, 1], 1, boxesOf(map, shape).get(1)!)
  expect(mesh.quads.length / 4).toBeLessThan(1000)
  const xs = mesh.places.filter((_, n) => n % 3 === 0)
  expect(Math.min(...xs)).toBeLessThan(2)
  expect(Math.max(...xs)).toBeGreaterThan(297)
})

test('unknown voxels are no label', () => {
  expect([...boxesOf(Uint8Array.from([0, 255, 7, 7]), [4, 1, 1])]).toEqual([[7, { low: [2, 0, 0], high: [3, 0, 0] }]])
})
