/**
 * Deformation by demons (Thirion, Medical Image Analysis 1998), with the forces of both scans (Vercauteren et al., NeuroImage
 * 2009): each voxel is pulled along the slopes by the difference of the two; pull and field are smoothed in each round.
 */
import type { Triple } from '../../../shared/domain/geometry.ts'
import { volumeOf } from '../region.ts'
import { gradient, sample, smooth, type Grid } from './grid.ts'

/** Where each voxel of the fixed grid lies in the moving one, as a shift in voxels: along x, y, z. */
export type Field = [Float32Array, Float32Array, Float32Array]

/** The moving grid as the field shows it, on the fixed grid's shape. */
export function warp(moving: Grid, shape: Triple, [ux, uy, uz]: Field): Float32Array {
  const out = new Float32Array(volumeOf(shape))
  let at = 0
  for (let z = 0; z < shape[2]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[0]; x++, at++) out[at] = sample(moving, x + ux[at], y + uy[at], z + uz[at])
    }
  }
  return out
}

/** Betters the field. Both grids in units in which a difference of 1 is large. */
export function demons(fixed: Grid, moving: Grid, start: Field, iterations: number): Field {
  const { shape } = fixed
  const field = start.map((u) => u.slice()) as Field
  const own = gradient(fixed)
  const pull = [0, 1, 2].map(() => new Float32Array(fixed.data.length)) as Field
  for (let iteration = 0; iteration < iterations; iteration++) {
    const seen = warp(moving, shape, field)
    const slopes = gradient({ shape, data: seen })
    for (let v = 0; v < seen.length; v++) {
      const difference = fixed.data[v] - seen[v]
      const gx = (own[0][v] + slopes[0][v]) / 2
      const gy = (own[1][v] + slopes[1][v]) / 2
      const gz = (own[2][v] + slopes[2][v]) / 2
      const norm = gx * gx + gy * gy + gz * gz + (difference * difference) / 4
      const strength = norm > 1e-4 ? difference / norm : 0
      pull[0][v] = strength * gx
      pull[1][v] = strength * gy
      pull[2][v] = strength * gz
    }
    for (let axis = 0; axis < 3; axis++) {
      const step = smooth({ shape, data: pull[axis] })
      const u = field[axis]
      for (let v = 0; v < u.length; v++) u[v] += step[v]
      field[axis] = smooth({ shape, data: u })
    }
  }
  return field
}
