import { describe, expect, it } from 'vitest'
import type { Triple } from '../../../shared/domain/geometry.ts'
import { random } from '../../../shared/domain/random.ts'
import { apply, fromColumns, invert } from '../affine.ts'
import { warp } from './demons.ts'
import { crop, gradient, halve, sample, smooth, type Grid } from './grid.ts'
import { register } from './register.ts'

const shape: Triple = [40, 36, 32]

/** A scan of blobs, seen through a map from its voxels to the places of the blobs; the label is one large blob's inside. */
function scan(through: (at: Triple) => Triple): { grid: Grid; label: Float32Array } {
  const draw = random(3, 'blobs')
  const blobs = Array.from({ length: 40 }, () => ({
    at: shape.map((n) => draw.uniform(0, n)) as Triple,
    radius: draw.uniform(2, 5),
    height: draw.uniform(-1, 1),
  }))
  const organ = { at: [20, 18, 16] as Triple, radius: 6 }
  const data = new Float32Array(shape[0] * shape[1] * shape[2])
  const label = new Float32Array(data.length)
  let v = 0
  for (let z = 0; z < shape[2]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[0]; x++, v++) {
        const at = through([x, y, z])
        const distance = (to: Triple) => Math.hypot(...to.map((t, axis) => t - at[axis]))
        label[v] = distance(organ.at) < organ.radius ? 1 : 0
        data[v] = 2 / (1 + Math.exp(distance(organ.at) - organ.radius)) + 0.05 * draw.normal()
        for (const blob of blobs) data[v] += blob.height * Math.exp(-((distance(blob.at) / blob.radius) ** 2))
      }
    }
  }
  return { grid: { shape, data }, label }
}

const overlap = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let [both, either] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    const [inA, inB] = [Number(a[i] > 0.5), Number(b[i] > 0.5)]
    both += inA * inB
    either += inA + inB
  }
  return (2 * both) / either
}

describe('registration', () => {
  const around = { low: [14, 12, 10] as Triple, size: [13, 13, 13] as Triple }
  const still = scan((at) => at)

  it('finds a scan that was turned, stretched, shifted and bent', () => {
    const [sin, cos] = [Math.sin(0.15), Math.cos(0.15)]
    const moved = scan(([x, y, z]) => {
      const [a, b, c] = [x - 25, y - 15, z - 18]
      return [
        1.1 * (cos * a - sin * b) + 20 + 1.5 * Math.sin(y / 5),
        1.1 * (sin * a + cos * b) + 18 + 1.5 * Math.sin(z / 5),
        c / 1.1 + 16,
      ]
    })
    const atlas = { shape, data: still.label }
    const { region, field } = register(still.grid, around, moved.grid, [4, -2, 1])
    const carried = warp(atlas, region.size, field)
    expect(overlap(carried, crop({ shape, data: moved.label }, region).data)).toBeGreaterThan(0.9)
    // Nor need anybody say where it lies.
    const unknown = register(still.grid, around, moved.grid, null)
    const found = warp(atlas, unknown.region.size, unknown.field)
    expect(overlap(found, crop({ shape, data: moved.label }, unknown.region).data)).toBeGreaterThan(0.9)
    // By the shift alone, which it began with, it would not have been so.
    const shifted = Float32Array.from(moved.label, (_, v) => {
      const [x, y, z] = [v % shape[0], Math.floor(v / shape[0]) % shape[1], Math.floor(v / (shape[0] * shape[1]))]
      return sample(atlas, x - 4, y + 2, z - 1)
    })
    expect(overlap(shifted, moved.label)).toBeLessThan(0.85)
  })

  it('leaves a scan that is the same where it is', () => {
    const { region, field } = register(still.grid, around, still.grid, [0, 0, 0])
    let furthest = 0
    let at = 0
    for (let z = 0; z < region.size[2]; z++) {
      for (let y = 0; y < region.size[1]; y++) {
        for (let x = 0; x < region.size[0]; x++, at++) {
          const place = [x, y, z].map((v, axis) => v + field[axis][at])
          furthest = Math.max(furthest, ...place.map((p, axis) => Math.abs(p - ([x, y, z][axis] + region.low[axis]))))
        }
      }
    }
    expect(furthest).toBeLessThan(0.1)
  })

  it('ends with a part of the target even where the structures would lie outside it', () => {
    const { region, field } = register(still.grid, around, still.grid, [200, 0, 0])
    expect(region.low.every((l, axis) => l >= 0 && l + region.size[axis] <= shape[axis])).toBe(true)
    expect(field.every((u) => u.every(Number.isFinite))).toBe(true)
  })
})

describe('its parts', () => {
  const ramp: Grid = {
    shape: [8, 6, 4],
    data: Float32Array.from({ length: 192 }, (_, v) => (v % 8) + 10 * Math.floor(v / 48)),
  }

  it('differentiate, smooth, halve and sample a ramp as a ramp', () => {
    const [gx, gy, gz] = gradient(ramp)
    const inside = (1 * 6 + 2) * 8 + 3
    expect([gx[inside], gy[inside], gz[inside]]).toEqual([1, 0, 10])
    expect(smooth(ramp)[inside]).toBeCloseTo(ramp.data[inside] + 10 / 16, 4) // the border is repeated two slices below
    const half = halve(ramp)
    expect(half.shape).toEqual([4, 3, 2])
    expect(half.data[2] - half.data[1]).toBeCloseTo(2, 5)
    expect(sample(ramp, 2.5, 1.2, 1.25)).toBeCloseTo(2.5 + 12.5, 5)
    expect(sample(ramp, -3, 0, 9)).toBe(30)
  })

  it('invert a map', () => {
    const map = fromColumns([1.1, -0.2, 0], [0.1, 0.9, 0.1], [0, 0.05, 1.2], [5, -3, 2])
    apply(invert(map), apply(map, [7, -4, 11])).forEach((v, axis) => expect(v).toBeCloseTo([7, -4, 11][axis], 9))
  })
})
