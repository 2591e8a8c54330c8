/** Grey volumes as registration sees them: smoothed, halved, differentiated, and sampled between voxels. */
import type { Triple } from '../../../shared/domain/geometry.ts'
import { cut, volumeOf, type Region } from '../region.ts'

/** x fastest, then y, z. */
export interface Grid {
  shape: Triple
  data: Float32Array
}

/** Through the kernel [1 4 6 4 1] / 16 along each axis, which is a Gaussian of one voxel; borders are repeated. */
export function smooth({ shape, data }: Grid): Float32Array {
  const [nx, ny] = shape
  let from = data
  for (const [axis, step] of [1, nx, nx * ny].entries()) {
    const n = shape[axis]
    if (n === 1) continue
    const to = new Float32Array(data.length)
    const block = step * n
    for (let base = 0; base < data.length; base += block) {
      for (let i = 0; i < n; i++) {
        const at = base + i * step
        const a = base + Math.max(0, i - 2) * step
        const b = base + Math.max(0, i - 1) * step
        const c = base + Math.min(n - 1, i + 1) * step
        const d = base + Math.min(n - 1, i + 2) * step
        for (let k = 0; k < step; k++) {
          to[at + k] = 0.375 * from[at + k] + 0.25 * (from[b + k] + from[c + k]) + 0.0625 * (from[a + k] + from[d + k])
        }
      }
    }
    from = to
  }
  return from
}

/** Half as many voxels along each axis of more than one; each the mean of those it holds, smoothed before. */
export function halve(grid: Grid): Grid {
  const [nx, ny] = grid.shape
  const shape = grid.shape.map((n) => Math.max(1, n >> 1)) as Triple
  const from = smooth(grid)
  const data = new Float32Array(volumeOf(shape))
  const [dx, dy, dz] = grid.shape.map((n, axis) => (n > 1 ? [1, nx, nx * ny][axis] : 0))
  let to = 0
  for (let z = 0; z < shape[2]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[0]; x++) {
        const at = (2 * z * ny + 2 * y) * nx + 2 * x
        const near = from[at] + from[at + dx] + from[at + dy] + from[at + dy + dx]
        const far = from[at + dz] + from[at + dz + dx] + from[at + dz + dy] + from[at + dz + dy + dx]
        data[to++] = (near + far) / 8
      }
    }
  }
  return { shape, data }
}

/** Central differences per voxel, along x, y and z; one-sided and halved at borders. */
export function gradient({ shape, data }: Grid): [Float32Array, Float32Array, Float32Array] {
  const [nx, ny, nz] = shape
  const [gx, gy, gz] = [0, 1, 2].map(() => new Float32Array(data.length))
  const slice = nx * ny
  let at = 0
  for (let z = 0; z < nz; z++) {
    const [below, above] = [z > 0 ? slice : 0, z < nz - 1 ? slice : 0]
    for (let y = 0; y < ny; y++) {
      const [before, behind] = [y > 0 ? nx : 0, y < ny - 1 ? nx : 0]
      for (let x = 0; x < nx; x++, at++) {
        gx[at] = (data[x < nx - 1 ? at + 1 : at] - data[x > 0 ? at - 1 : at]) / 2
        gy[at] = (data[at + behind] - data[at - before]) / 2
        gz[at] = (data[at + above] - data[at - below]) / 2
      }
    }
  }
  return [gx, gy, gz]
}

/** Trilinear; positions in voxels, kept inside the grid. */
export function sample({ shape, data }: Grid, x: number, y: number, z: number): number {
  const [nx, ny, nz] = shape
  const px = x < 0 ? 0 : x > nx - 1 ? nx - 1 : x
  const py = y < 0 ? 0 : y > ny - 1 ? ny - 1 : y
  const pz = z < 0 ? 0 : z > nz - 1 ? nz - 1 : z
  const [x0, y0, z0] = [px | 0, py | 0, pz | 0]
  const [fx, fy, fz] = [px - x0, py - y0, pz - z0]
  const dx = x0 < nx - 1 ? 1 : 0
  const dy = y0 < ny - 1 ? nx : 0
  const dz = z0 < nz - 1 ? nx * ny : 0
  const at = (z0 * ny + y0) * nx + x0
  const v00 = data[at] + fx * (data[at + dx] - data[at])
  const v10 = data[at + dy] + fx * (data[at + dy + dx] - data[at + dy])
  const v01 = data[at + dz] + fx * (data[at + dz + dx] - data[at + dz])
  const v11 = data[at + dz + dy] + fx * (data[at + dz + dy + dx] - data[at + dz + dy])
  const v0 = v00 + fy * (v10 - v00)
  return v0 + fz * (v01 + fy * (v11 - v01) - v0)
}

export const crop = ({ shape, data }: Grid, region: Region): Grid => ({
  shape: region.size,
  data: cut(data, shape, region),
})
