/** A volume on the grid of another scan, wherever both lie: for channels that were scanned on grids of their own. */
import type { Geometry } from '../../shared/domain/geometry.ts'
import type { Volume } from '../../shared/domain/volume.ts'
import { allocateSamples, voxelCount } from '../../shared/domain/volume.ts'
import { invert, multiply } from './affine.ts'

/**
 * The first channel of a volume sampled at the voxel centres of `grid` by trilinear interpolation; half a voxel beyond its
 * outermost centres its edge values go on, outside of that stands its least value. Integers stay integers, rounded.
 * `covered` is the share of the grid that the volume covers (0…1).
 */
export function resampleOnto(volume: Volume, grid: Geometry): { volume: Volume; covered: number } {
  const { samples, type } = volume
  const [sx, sy, sz] = volume.geometry.shape
  const [nx, ny, nz] = grid.shape
  const m = multiply(invert(volume.geometry.affine), grid.affine)
  const rounds = type !== 'float32' && type !== 'float64'
  const out = allocateSamples(type, voxelCount(grid))
  let least = samples[0]
  for (let n = 0; n < sx * sy * sz; n++) if (samples[n] < least) least = samples[n]
  const clamp = (v: number, most: number) => (v < 0 ? 0 : v > most ? most : v)
  let inside = 0
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        const x = m[0][0] * i + m[0][1] * j + m[0][2] * k + m[0][3]
        const y = m[1][0] * i + m[1][1] * j + m[1][2] * k + m[1][3]
        const z = m[2][0] * i + m[2][1] * j + m[2][2] * k + m[2][3]
        if (x < -0.5 || y < -0.5 || z < -0.5 || x > sx - 0.5 || y > sy - 0.5 || z > sz - 0.5) {
          out[at] = least
          continue
        }
        inside++
        const [cx, cy, cz] = [clamp(x, sx - 1), clamp(y, sy - 1), clamp(z, sz - 1)]
        const [x0, y0, z0] = [Math.floor(cx), Math.floor(cy), Math.floor(cz)]
        const [fx, fy, fz] = [cx - x0, cy - y0, cz - z0]
        const base = x0 + sx * (y0 + sy * z0)
        const [dx, dy, dz] = [fx > 0 ? 1 : 0, fy > 0 ? sx : 0, fz > 0 ? sx * sy : 0]
        const row = (n: number) => samples[n] + fx * (samples[n + dx] - samples[n])
        const plane = (n: number) => {
          const first = row(n)
          return fy > 0 ? first + fy * (row(n + dy) - first) : first
        }
        const low = plane(base)
        const value = fz > 0 ? low + fz * (plane(base + dz) - low) : low
        out[at] = rounds ? Math.round(value) : value
      }
  return { volume: { geometry: grid, channels: 1, type, samples: out }, covered: inside / voxelCount(grid) }
}
