import { describe, expect, it } from 'vitest'
import type { Affine, Geometry, Triple } from '../../shared/domain/geometry.ts'
import { apply, determinant, fromColumns, identity, invert, multiply } from './affine.ts'
import {
  canonicalPermutation,
  fromCanonical,
  invertPermutation,
  permuteGeometry,
  permuteSamples,
  toCanonical,
} from './canonical.ts'
import {
  gridDistance,
  isUsable,
  makeGeometry,
  obliqueness,
  orientationCode,
  sameGrid,
  shear,
  voxelVolume,
} from './geometry.ts'
import { obliqueAffine, ramp } from './testing.ts'

const close = (a: Affine, b: Affine, digits = 9) =>
  a.forEach((row, r) => row.forEach((v, c) => expect(v).toBeCloseTo(b[r][c], digits)))

/** All 48 ways to lay three voxel axes along the world's, as affines of a grid of unequal voxel sizes. */
function everyOrientation(): { code: string; affine: Affine }[] {
  const found: { code: string; affine: Affine }[] = []
  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ])
    // prettier-ignore
    for (let bits = 0; bits < 8; bits++) {
      const steps = order.map((world, voxel) => {
        const step: Triple = [0, 0, 0]
        step[world] = (bits & (1 << voxel) ? -1 : 1) * [0.5, 1.25, 3][voxel]
        return step
      })
      const code = order.map((world, voxel) => (bits & (1 << voxel) ? 'LPI' : 'RAS')[world]).join('')
      found.push({ code, affine: fromColumns(steps[0], steps[1], steps[2], [10, -20, 30]) })
    }
  return found
}

describe('affines', () => {
  it('an inverse undoes', () => {
    const a = obliqueAffine([0.5, 0.7, 3], [-100, 20, 7], 0.3, -0.8)
    close(multiply(a, invert(a)), identity)
    expect(determinant(a)).toBeCloseTo(0.5 * 0.7 * 3)
  })
  it('a flat grid has no inverse, and says so', () => {
    const flat = fromColumns([1, 0, 0], [2, 0, 0], [0, 0, 1], [0, 0, 0])
    expect(isUsable(flat)).toBe(false)
    expect(() => invert(flat)).toThrow(RangeError)
    expect(isUsable(fromColumns([NaN, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]))).toBe(false)
  })
})

describe('orientation', () => {
  it('names all 48', () => {
    const all = everyOrientation()
    expect(new Set(all.map((o) => o.code)).size).toBe(48)
    for (const { code, affine } of all) expect(orientationCode(affine)).toBe(code)
  })
  it('measures obliqueness and shear in degrees', () => {
    expect(obliqueness(obliqueAffine([1, 1, 1], [0, 0, 0], 0, Math.PI / 12))).toBeCloseTo(15)
    expect(shear(obliqueAffine([1, 2, 3], [0, 0, 0], 0.4, 0.2))).toBeCloseTo(0)
    const tilted = fromColumns([1, 0, 0], [0, 1, 0], [0, Math.tan(Math.PI / 10) * 3, 3], [0, 0, 0])
    expect(shear(tilted)).toBeCloseTo(18)
    expect(voxelVolume(makeGeometry([2, 2, 2], tilted))).toBeCloseTo(3)
  })
  it('gives each voxel axis its own world axis even near 45°', () => {
    for (const angle of [0.78, Math.PI / 4, 0.79, 2.3, -2.4])
      for (const tip of [0.5, 0.79, 1.2]) {
        const { axes } = canonicalPermutation(makeGeometry([4, 5, 6], obliqueAffine([1, 1, 1], [0, 0, 0], angle, tip)))
        expect([...axes].sort()).toEqual([0, 1, 2])
      }
  })
})

describe('canonical grid', () => {
  it('every voxel keeps its value and its place in the world, and the way back is exact, in all 48 orientations', () => {
    for (const { affine } of everyOrientation()) {
      const source = ramp([3, 4, 5], affine, 'int16', 2)
      const { volume, permutation } = toCanonical(source)
      expect(orientationCode(volume.geometry.affine)).toBe('RAS')
      const back = invert(source.geometry.affine)
      const [nx, ny, nz] = volume.geometry.shape
      for (const [i, j, k] of [
        [0, 0, 0],
        [1, 2, 1],
        [nx - 1, ny - 1, nz - 1],
        [2, 0, 2],
      ]) {
        // prettier-ignore
        const at = apply(back, apply(volume.geometry.affine, [i, j, k])).map(Math.round)
        for (const channel of [0, 1])
          expect(volume.samples[i + nx * (j + ny * (k + nz * channel))]).toBe(
            source.samples[at[0] + 3 * (at[1] + 4 * (at[2] + 5 * channel))],
          )
      }
      expect(fromCanonical(volume.samples, permutation, volume.geometry.shape)).toEqual(source.samples)
      const again = permuteGeometry(volume.geometry, invertPermutation(permutation))
      expect(again.shape).toEqual(source.geometry.shape)
      close(again.affine, affine)
    }
  })
  it('of an oblique scan holds the same steps, only reordered', () => {
    const geometry = makeGeometry([4, 5, 6], obliqueAffine([0.5, 0.7, 3], [1, 2, 3], 2.9, 1.2))
    const permuted = permuteGeometry(geometry, canonicalPermutation(geometry))
    expect([...permuted.spacing].sort()).toEqual([...geometry.spacing].sort())
    expect(canonicalPermutation(permuted)).toEqual({ axes: [0, 1, 2], flips: [false, false, false] })
  })
  it('does not copy what already lies right', () => {
    const source = ramp([2, 3, 4], obliqueAffine([1, 1, 1], [0, 0, 0], 0, 0))
    expect(toCanonical(source).volume.samples).toBe(source.samples)
    expect(permuteSamples(source.samples, [2, 3, 4], { axes: [0, 1, 2], flips: [true, false, false] })).not.toBe(
      source.samples,
    )
  })
})

describe('comparing grids', () => {
  const grid: Geometry = makeGeometry([100, 100, 50], obliqueAffine([1, 1, 2], [5, 5, 5], 0.1, 0.1))
  const moved = (mm: number): Geometry => makeGeometry(grid.shape, obliqueAffine([1, 1, 2], [5 + mm, 5, 5], 0.1, 0.1))
  it('accepts rounding and nothing more', () => {
    expect(sameGrid(grid, moved(1e-4))).toBe(true)
    expect(sameGrid(grid, moved(0.1))).toBe(false)
    expect(gridDistance(grid, moved(0.1))).toBeCloseTo(0.1)
    expect(sameGrid(grid, { ...grid, shape: [100, 100, 51] })).toBe(false)
  })
  it('sees a small turn that only shows at the far corners', () => {
    const turned = makeGeometry(grid.shape, obliqueAffine([1, 1, 2], [5, 5, 5], 0.101, 0.1))
    expect(sameGrid(grid, turned)).toBe(false)
  })
})
