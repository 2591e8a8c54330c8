/** What a geometry says: orientation, obliqueness, shear, and whether two grids are one. */
import type { Affine, Geometry, Triple } from '../../shared/domain/geometry.ts'
import { add, apply, column, determinant, dot, length, normalise } from './affine.ts'

/** Distance of voxel centres along the three voxel axes, in mm. */
export function spacingOf(affine: Affine): Triple {
  return [length(column(affine, 0)), length(column(affine, 1)), length(column(affine, 2))]
}

/** A geometry from shape and affine; the spacing follows from the affine. */
export function makeGeometry(shape: Triple, affine: Affine): Geometry {
  return { shape, spacing: spacingOf(affine), affine }
}

/** Whether an affine can place voxels: all numbers finite, no axis of length zero, no two axes (nearly) parallel. */
export function isUsable(affine: Affine): boolean {
  if (!affine.every((row) => row.every(Number.isFinite))) return false
  const [x, y, z] = spacingOf(affine)
  return Math.min(x, y, z) > 1e-6 && Math.abs(determinant(affine)) > 1e-3 * x * y * z
}

/** Volume of one voxel in mm³ (right also where axes are sheared). */
export function voxelVolume(geometry: Geometry): number {
  return Math.abs(determinant(geometry.affine))
}

/**
 * For each voxel axis the world axis (0 = x, 1 = y, 2 = z of RAS) that it follows most closely, each world axis once, and
 * the sign with which it does. Of the six pairings the one whose cosines sum highest is taken, so that near-45° obliques
 * cannot claim one world axis twice.
 */
export function closestAxes(affine: Affine): { axes: Triple; signs: Triple } {
  const directions = [0, 1, 2].map((c) => normalise(column(affine, c)))
  const pairings: Triple[] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]
  const closeness = (p: Triple) => p.reduce((sum, world, voxel) => sum + Math.abs(directions[voxel][world]), 0)
  const axes = pairings.reduce((best, p) => (closeness(p) > closeness(best) + 1e-9 ? p : best))
  return { axes, signs: axes.map((world, voxel) => (directions[voxel][world] < 0 ? -1 : 1)) as Triple }
}

/** The direction each voxel axis runs towards, closest first letter: 'RAS' runs to right, anterior, superior. */
export function orientationCode(affine: Affine): string {
  const { axes, signs } = closestAxes(affine)
  return axes.map((world, voxel) => (signs[voxel] > 0 ? 'RAS' : 'LPI')[world]).join('')
}

/** The largest angle, in degrees, between a voxel axis and its closest world axis; 0 for a scan along the body's axes. */
export function obliqueness(affine: Affine): number {
  const { axes } = closestAxes(affine)
  return Math.max(
    ...axes.map((world, voxel) => degrees(Math.acos(clamp(Math.abs(normalise(column(affine, voxel))[world]))))),
  )
}

/** The largest departure, in degrees, of two voxel axes from a right angle; 0 for an ordinary grid. */
export function shear(affine: Affine): number {
  const d = [0, 1, 2].map((c) => normalise(column(affine, c)))
  return Math.max(
    ...[dot(d[0], d[1]), dot(d[0], d[2]), dot(d[1], d[2])].map((c) => degrees(Math.asin(clamp(Math.abs(c))))),
  )
}

/** The largest distance, in mm, between the same corner voxel of two grids of one shape; Infinity where shapes differ. */
export function gridDistance(a: Geometry, b: Geometry): number {
  if (!a.shape.every((n, axis) => n === b.shape[axis])) return Infinity
  let far = 0
  for (const i of [0, a.shape[0] - 1])
    for (const j of [0, a.shape[1] - 1])
      for (const k of [0, a.shape[2] - 1])
        far = Math.max(far, length(add(apply(a.affine, [i, j, k]), apply(b.affine, [i, j, k]), -1)))
  return far
}

/**
 * Whether two grids are one: same shape, and no corner further apart than `tolerance` mm. By default a hundredth of the
 * smallest voxel side and at least 1e-3 mm: files store affines and quaternions as float32.
 */
export function sameGrid(a: Geometry, b: Geometry, tolerance = Math.max(1e-3, 0.01 * Math.min(...a.spacing))): boolean {
  return gridDistance(a, b) <= tolerance
}

const clamp = (v: number) => Math.min(1, Math.max(-1, v))
const degrees = (radians: number) => (radians * 180) / Math.PI
