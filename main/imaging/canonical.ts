/**
 * The canonical grid: voxel axes reordered and flipped so that they run as closely as possible to right, anterior,
 * superior. Voxels are moved, never interpolated, so the way back is exact.
 */
import type { Geometry, Permutation, Triple } from '../../shared/domain/geometry.ts'
import type { SampleArray, Volume } from '../../shared/domain/volume.ts'
import { apply, column, fromColumns, scale } from './affine.ts'
import { closestAxes, makeGeometry } from './geometry.ts'

/** The permutation that brings a grid closest to RAS. */
export function canonicalPermutation(geometry: Geometry): Permutation {
  const { axes: worldOf, signs } = closestAxes(geometry.affine)
  const axes = [0, 1, 2].map((world) => worldOf.indexOf(world)) as Triple
  return { axes, flips: axes.map((voxel) => signs[voxel] < 0) as Permutation['flips'] }
}

/** The permutation that undoes another. */
export function invertPermutation(permutation: Permutation): Permutation {
  const axes = [0, 1, 2].map((axis) => permutation.axes.indexOf(axis)) as Triple
  return { axes, flips: axes.map((axis) => permutation.flips[axis]) as Permutation['flips'] }
}

/** Whether a permutation leaves everything where it is. */
export function isIdentity({ axes, flips }: Permutation): boolean {
  return axes.every((axis, n) => axis === n) && !flips.some(Boolean)
}

/** The geometry of the same voxels after a permutation: every voxel keeps its place in the world. */
export function permuteGeometry(geometry: Geometry, { axes, flips }: Permutation): Geometry {
  const first = [0, 0, 0] as Triple
  axes.forEach((axis, n) => (first[axis] = flips[n] ? geometry.shape[axis] - 1 : 0))
  const steps = axes.map(
    (axis, n) => scale(column(geometry.affine, axis), flips[n] ? -1 : 1).map(withoutMinusZero) as Triple,
  )
  const shape = axes.map((axis) => geometry.shape[axis]) as Triple
  return makeGeometry(shape, fromColumns(steps[0], steps[1], steps[2], apply(geometry.affine, first)))
}

/**
 * Samples reordered by a permutation, into a new array of the same type (the same array where nothing moves).
 * `shape` is that of the input; several channels, the slowest axis, are allowed and each is permuted alike.
 */
export function permuteSamples<T extends SampleArray>(samples: T, shape: Triple, permutation: Permutation): T {
  if (isIdentity(permutation)) return samples
  const { axes, flips } = permutation
  const strides = [1, shape[0], shape[0] * shape[1]]
  const voxels = shape[0] * shape[1] * shape[2]
  const [nx, ny, nz] = axes.map((axis) => shape[axis])
  const [sx, sy, sz] = axes.map((axis, n) => (flips[n] ? -strides[axis] : strides[axis]))
  const start = axes.reduce((sum, axis, n) => sum + (flips[n] ? (shape[axis] - 1) * strides[axis] : 0), 0)
  const out = new (samples.constructor as new (n: number) => T)(samples.length)
  let to = 0
  for (let channel = 0; channel < samples.length; channel += voxels)
    for (let z = 0; z < nz; z++)
      for (let y = 0; y < ny; y++) {
        let from = channel + start + y * sy + z * sz
        for (let x = 0; x < nx; x++, from += sx) out[to++] = samples[from]
      }
  return out
}

/** The volume on its canonical grid, and the permutation that took it there (for `fromCanonical`). */
export function toCanonical(volume: Volume): { volume: Volume; permutation: Permutation } {
  const permutation = canonicalPermutation(volume.geometry)
  return {
    permutation,
    volume: {
      ...volume,
      geometry: permuteGeometry(volume.geometry, permutation),
      samples: permuteSamples(volume.samples, volume.geometry.shape, permutation),
    },
  }
}

/**
 * Samples on the canonical grid (a label map, a prediction) back on the source's own grid, exactly.
 * `canonicalShape` is the shape that the samples have now; `permutation` is the one that `toCanonical` gave.
 */
export function fromCanonical<T extends SampleArray>(samples: T, permutation: Permutation, canonicalShape: Triple): T {
  return permuteSamples(samples, canonicalShape, invertPermutation(permutation))
}

const withoutMinusZero = (v: number) => (v === 0 ? 0 : v)
