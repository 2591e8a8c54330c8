import { describe, expect, it } from 'vitest'
import { random } from '../../shared/domain/random.ts'
import { dice, hd95 } from './metrics.ts'

const shape = [9, 8, 7] as const
const at = (x: number, y: number, z: number) => x + shape[0] * (y + shape[1] * z)
const empty = () => new Uint8Array(shape[0] * shape[1] * shape[2])

describe('dice', () => {
  it('is 1 for equal maps, 0 for disjoint ones, null when the label is in neither', () => {
    const a = empty()
    a[5] = 1
    const b = empty()
    b[6] = 1
    expect(dice(a, a, 1)).toBe(1)
    expect(dice(a, b, 1)).toBe(0)
    expect(dice(a, b, 2)).toBeNull()
  })
  it('is 2|A∩B| / (|A|+|B|)', () => {
    const a = empty().fill(2, 0, 6)
    const b = empty().fill(2, 3, 7)
    expect(dice(a, b, 2)).toBeCloseTo(6 / 10)
  })
})

describe('hd95', () => {
  it('is the distance of two single voxels in mm, whatever the axis', () => {
    const spacing = [0.5, 2, 3] as const
    const a = empty()
    a[at(0, 0, 0)] = 1
    for (const [to, mm] of [
      [at(8, 0, 0), 4],
      [at(0, 7, 0), 14],
      [at(0, 0, 6), 18],
      [at(8, 7, 6), Math.hypot(4, 14, 18)],
    ]) {
      const b = empty()
      b[to] = 1
      expect(hd95(a, b, 1, shape, spacing)).toBeCloseTo(mm, 6)
    }
  })

  it('agrees with comparing every surface voxel with every other', () => {
    const draw = random(7, 'hd95')
    const spacing = [0.9, 1.3, 2.5] as const
    for (let round = 0; round < 20; round++) {
      const maps = [0, 1].map(() => {
        const map = empty()
        const from = [draw.integer(5), draw.integer(4), draw.integer(3)]
        for (let z = from[2]; z < from[2] + 4; z++)
          for (let y = from[1]; y < from[1] + 4; y++)
            for (let x = from[0]; x < from[0] + 4; x++) if (draw.chance(0.8)) map[at(x, y, z)] = 3
        return map
      })
      expect(hd95(maps[0], maps[1], 3, shape, spacing)).toBeCloseTo(slow(maps[0], maps[1], spacing), 6)
    }
  })

  it('is null when one map lacks the label', () => {
    const a = empty()
    a[0] = 1
    expect(hd95(a, empty(), 1, shape, [1, 1, 1])).toBeNull()
  })
})

/** The definition, written down without any cleverness. */
function slow(a: Uint8Array, b: Uint8Array, spacing: readonly [number, number, number]): number {
  const surface = (map: Uint8Array) => {
    const points: number[][] = []
    const has = (x: number, y: number, z: number) =>
      x >= 0 && y >= 0 && z >= 0 && x < shape[0] && y < shape[1] && z < shape[2] && map[at(x, y, z)] === 3
    for (let z = 0; z < shape[2]; z++)
      for (let y = 0; y < shape[1]; y++)
        for (let x = 0; x < shape[0]; x++)
          if (
            has(x, y, z) &&
            !(
              has(x - 1, y, z) &&
              has(x + 1, y, z) &&
              has(x, y - 1, z) &&
              has(x, y + 1, z) &&
              has(x, y, z - 1) &&
              has(x, y, z + 1)
            )
          )
            points.push([x * spacing[0], y * spacing[1], z * spacing[2]])
    return points
  }
  const directed = (from: number[][], to: number[][]) => {
    const near = from
      .map((p) => Math.min(...to.map((q) => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]))))
      .sort((x, y) => x - y)
    const place = 0.95 * (near.length - 1)
    const low = Math.floor(place)
    return near[low] + (place - low) * ((near[low + 1] ?? near[low]) - near[low])
  }
  return Math.max(directed(surface(a), surface(b)), directed(surface(b), surface(a)))
}
