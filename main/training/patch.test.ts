import { describe, expect, it } from 'vitest'
import { random } from '../../shared/domain/random.ts'
import { augmentIntensities, drawWarp } from './augment.ts'
import {
  cutPatch,
  drawTissueCentre,
  patchCentre,
  unknownLabel,
  warpPatch,
  type Matrix3,
  type PatchTarget,
} from './patch.ts'
import type { PreparedCase } from './prepare.ts'
import { inMemory } from './voxels.ts'

type Triple = [number, number, number]
const identity: Matrix3 = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
]

/** Two channels; the first holds 100z + 10y + x, the second its negative; the label is x. */
function phantom(shape: Triple): PreparedCase {
  const [nx, ny, nz] = shape
  const voxels = nx * ny * nz
  const image = new Float32Array(2 * voxels)
  const label = new Uint8Array(voxels)
  for (let i = 0; i < voxels; i++) {
    const x = i % nx
    const value = 100 * Math.floor(i / (nx * ny)) + 10 * (Math.floor(i / nx) % ny) + x
    image[i] = value
    image[voxels + i] = -value
    label[i] = x
  }
  return {
    id: 'p',
    name: 'p',
    channels: 2,
    shape,
    voxels: inMemory(shape, image, label),
    labelled: true,
    mean: (100 * (nz - 1) + 10 * (ny - 1) + (nx - 1)) / 2,
    foreground: [],
    source: { shape, spacing: [1, 1, 1], region: { low: [0, 0, 0], size: shape } },
  }
}

function target(patch: Triple): PatchTarget & { label: Float32Array } {
  const voxels = patch[0] * patch[1] * patch[2]
  return { patch, image: new Float32Array(2 * voxels).fill(9), label: new Float32Array(voxels).fill(9) }
}

describe('drawTissueCentre', () => {
  it('stands on a voxel brighter than the mean: here in the upper half', () => {
    const scan = phantom([9, 9, 20])
    const draw = random(1)
    const heights = Array.from({ length: 200 }, () => drawTissueCentre(draw, scan, [1, 1, 1])[2])
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(9)
    expect(new Set(heights).size).toBeGreaterThan(8)
  })
  it('takes what there is where nothing is bright, and the middle of a scan smaller than the patch', () => {
    expect(drawTissueCentre(random(1), { ...phantom([9, 9, 9]), mean: Infinity }, [3, 3, 3])).toHaveLength(3)
    expect(drawTissueCentre(random(1), phantom([4, 4, 4]), [8, 8, 8])).toEqual(
      patchCentre([4, 4, 4], [8, 8, 8], [0, 0, 0]),
    )
  })
})

describe('cutPatch', () => {
  it('takes the voxels around the centre, channels fastest', () => {
    const t = target([2, 2, 1])
    cutPatch(phantom([5, 4, 3]), [2.5, 1.5, 1], t)
    expect([...t.image]).toEqual([112, -112, 113, -113, 122, -122, 123, -123])
    expect([...t.label]).toEqual([2, 3, 2, 3])
  })

  it('gives 0 and "unknown" outside the scan', () => {
    const t = target([4, 1, 1])
    const inside = new Float32Array(4)
    cutPatch(phantom([2, 1, 1]), [0.5, 0, 0], { ...t, inside })
    expect([...t.label]).toEqual([unknownLabel, 0, 1, unknownLabel])
    expect([...t.image]).toEqual([0, 0, 0, -0, 1, -1, 0, 0])
    expect([...inside]).toEqual([0, 1, 1, 0])
  })
})

describe('warpPatch', () => {
  it('through the identity is a straight cut', () => {
    for (const [shape, patch, centre] of [
      [
        [5, 6, 7],
        [3, 4, 2],
        [2, 2.5, 3.5],
      ],
      [
        [3, 3, 3],
        [6, 6, 6],
        [1.5, 0.5, 1.5],
      ],
    ] as [Triple, Triple, Triple][]) {
      const a = target(patch)
      const b = target(patch)
      cutPatch(phantom(shape), centre, a)
      warpPatch(phantom(shape), centre, identity, b)
      expect(b.label).toEqual(a.label)
      a.image.forEach((v, i) => expect(b.image[i]).toBeCloseTo(v, 4))
    }
  })

  it('interpolates a linear image exactly, for any matrix', () => {
    const from = phantom([20, 20, 20])
    const draw = random(3, 'warp')
    let warp: Matrix3 | null = null
    while (warp === null) warp = drawWarp(draw, { spacing: [1, 1, 1], patch: [8, 8, 8] })
    const t = target([5, 5, 5])
    warpPatch(from, [9.3, 10.1, 8.7], warp, t)
    let i = 0
    for (let z = -2; z <= 2; z++)
      for (let y = -2; y <= 2; y++)
        for (let x = -2; x <= 2; x++, i++) {
          const at = warp.map((row, axis) => [9.3, 10.1, 8.7][axis] + row[0] * x + row[1] * y + row[2] * z)
          expect(t.image[2 * i]).toBeCloseTo(100 * at[2] + 10 * at[1] + at[0], 2)
          expect(t.label[i]).toBe(Math.round(at[0]))
        }
  })
})

describe('patchCentre', () => {
  it('keeps the patch inside a larger scan and centres a smaller one', () => {
    for (const at of [0, 0.5, 0.999]) {
      const [x, y, z] = patchCentre([10, 4, 6], [4, 4, 9], [at, at, at])
      const start = x - 1.5
      expect(start).toBeGreaterThanOrEqual(0)
      expect(start + 4).toBeLessThanOrEqual(10)
      expect(y).toBe(1.5)
      expect(z - 4).toBeCloseTo(-1, 0)
    }
  })
})

describe('augmentIntensities', () => {
  it('is the same for the same stream and never gives values that are not finite', () => {
    for (let seed = 0; seed < 40; seed++) {
      const image = Float32Array.from({ length: 200 }, (_, i) => Math.sin(i) * 3)
      const again = image.slice()
      augmentIntensities(random(seed, 'a'), image, 2)
      augmentIntensities(random(seed, 'a'), again, 2)
      expect(again).toEqual(image)
      expect(image.every(Number.isFinite)).toBe(true)
    }
  })
  it('leaves a constant image finite', () => {
    for (let seed = 0; seed < 40; seed++) {
      const image = new Float32Array(64).fill(2)
      augmentIntensities(random(seed, 'a'), image, 1)
      expect(image.every(Number.isFinite)).toBe(true)
    }
  })
})
