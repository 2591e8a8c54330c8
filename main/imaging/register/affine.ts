/**
 * The affine map that brings a region of one scan onto another: Gauss-Newton (with Levenberg's damping) on a robust squared
 * difference (Cauchy's), with a prior that keeps the map near a rotation.
 *
 * Maps are in corner coordinates of the finest grid: a voxel x of level l (halved l times) has its centre at (x + ½)·2ˡ.
 */
import type { Affine, Row, Triple } from '../../../shared/domain/geometry.ts'
import { apply } from '../affine.ts'
import type { Region } from '../region.ts'
import { crop, gradient, sample, type Grid } from './grid.ts'

/** The knobs, in one place. */
export const affineRules = {
  /** Residuals beyond this share of the region's standard deviation count for less and less. */
  robust: 0.4,
  /** How strongly the map is kept near a rotation. */
  prior: 0.05,
  /** Cost of a voxel that falls outside the other scan; one whose residual counts as large (1) costs log 2. */
  outside: 0.7,
}

const robustScale = (grid: Grid): number => {
  let sum = 0
  let squares = 0
  for (const v of grid.data) {
    sum += v
    squares += v * v
  }
  const n = grid.data.length
  const deviation = Math.sqrt(Math.max(1e-12, squares / n - (sum / n) ** 2))
  return 1 / (affineRules.robust * deviation)
}

/**
 * A better map. fixed, moving: both on the level (halved so often). dof: 3 shifts only,
 * 12 anything affine. stride: of so many voxels along each axis one is looked at.
 */
export function refine(
  fixed: Grid,
  region: Region,
  moving: Grid,
  level: number,
  start: Affine,
  { iterations, dof, stride = 1 }: { iterations: number; dof: 3 | 12; stride?: number },
): Affine {
  const part = crop(fixed, region)
  const scale = robustScale(part)
  const [nx, ny, nz] = part.shape
  const unit = 2 ** level
  // About the region's centre, in voxels of the level.
  const centre = region.low.map((l, axis) => l + (region.size[axis] - 1) / 2)
  const parameters = toLocal(start, centre, unit)
  const slopes = gradient(moving).map((data) => ({ shape: moving.shape, data }))
  const rows = Math.ceil(nx / stride) * Math.ceil(ny / stride) * Math.ceil(nz / stride)
  const reach = (nx * nx + ny * ny + nz * nz) / 48
  const stiffness = affineRules.prior * reach

  const evaluate = (p: readonly number[], normal: Float64Array | null, right: Float64Array | null): number => {
    let cost = 0
    const J = new Float64Array(12)
    const [mx, my, mz] = moving.shape
    for (let z = 0; z < nz; z += stride) {
      for (let y = 0; y < ny; y += stride) {
        for (let x = 0; x < nx; x += stride) {
          const X = x - (nx - 1) / 2
          const Y = y - (ny - 1) / 2
          const Z = z - (nz - 1) / 2
          const px = p[0] * X + p[1] * Y + p[2] * Z + p[9]
          const py = p[3] * X + p[4] * Y + p[5] * Z + p[10]
          const pz = p[6] * X + p[7] * Y + p[8] * Z + p[11]
          if (px < -0.5 || py < -0.5 || pz < -0.5 || px > mx - 0.5 || py > my - 0.5 || pz > mz - 0.5) {
            cost += affineRules.outside
            continue
          }
          const r = (part.data[(z * ny + y) * nx + x] - sample(moving, px, py, pz)) * scale
          cost += Math.log(1 + r * r)
          if (!normal || !right) continue
          const w = 1 / (1 + r * r)
          const gx = sample(slopes[0], px, py, pz) * scale
          const gy = sample(slopes[1], px, py, pz) * scale
          const gz = sample(slopes[2], px, py, pz) * scale
          if (dof === 3) {
            J[0] = gx
            J[1] = gy
            J[2] = gz
          } else {
            J[0] = gx * X
            J[1] = gx * Y
            J[2] = gx * Z
            J[3] = gy * X
            J[4] = gy * Y
            J[5] = gy * Z
            J[6] = gz * X
            J[7] = gz * Y
            J[8] = gz * Z
            J[9] = gx
            J[10] = gy
            J[11] = gz
          }
          for (let i = 0; i < dof; i++) {
            right[i] += w * J[i] * r
            for (let j = 0; j <= i; j++) normal[i * dof + j] += w * J[i] * J[j]
          }
        }
      }
    }
    return cost / rows + stiffness * strain(p)
  }

  let cost = evaluate(parameters, null, null)
  let damping = 1e-3
  for (let iteration = 0; iteration < iterations; iteration++) {
    const normal = new Float64Array(dof * dof)
    const right = new Float64Array(dof)
    evaluate(parameters, normal, right)
    for (let i = 0; i < dof; i++) for (let j = i + 1; j < dof; j++) normal[i * dof + j] = normal[j * dof + i]
    if (dof === 12) addPrior(parameters, stiffness * rows, normal, right)
    let gained = 0
    for (let attempt = 0; attempt < 5 && gained === 0; attempt++) {
      const damped = normal.slice()
      for (let i = 0; i < dof; i++) damped[i * dof + i] *= 1 + damping
      const step = solve(damped, right, dof)
      if (step === null) break
      const next = [...parameters]
      step.forEach((s, i) => (next[dof === 3 ? 9 + i : i] += s))
      const then = evaluate(next, null, null)
      if (then < cost) {
        gained = cost - then
        cost = then
        next.forEach((v, i) => (parameters[i] = v))
        damping = Math.max(1e-5, damping * 0.3)
      } else damping *= 6
    }
    if (gained < 1e-5) break
  }
  return fromLocal(parameters, centre, unit)
}

/**
 * The shift, in voxels of the finest grid, at which a region of one scan is most like another scan, of all whole ones on a
 * coarse level. fixed, moving: both on the level (halved so often).
 */
export function search(fixed: Grid, region: Region, moving: Grid, level: number): Triple {
  const part = crop(fixed, region)
  const scale = robustScale(part)
  const [nx, ny, nz] = part.shape
  const [mx, my, mz] = moving.shape
  const costAt = (x0: number, y0: number, z0: number): number => {
    let cost = 0
    for (let z = 0; z < nz; z++) {
      const inZ = z + z0 >= 0 && z + z0 < mz
      for (let y = 0; y < ny; y++) {
        const inside = inZ && y + y0 >= 0 && y + y0 < my
        const row = ((z + z0) * my + y + y0) * mx + x0
        for (let x = 0; x < nx; x++) {
          if (!inside || x + x0 < 0 || x + x0 >= mx) cost += affineRules.outside
          else {
            const r = ((part.data[(z * ny + y) * nx + x] - moving.data[row + x]) * scale) ** 2
            cost += r / (1 + r)
          }
        }
      }
    }
    return cost
  }
  let least = Infinity
  let best: Triple = [0, 0, 0]
  // At least half of the region lies inside the other scan.
  const range = (n: number, m: number) => Array.from({ length: m + 1 }, (_, i) => i - Math.floor(n / 2))
  for (const z of range(nz, mz)) {
    for (const y of range(ny, my)) {
      for (const x of range(nx, mx)) {
        const cost = costAt(x, y, z)
        if (cost >= least) continue
        least = cost
        best = [x, y, z]
      }
    }
  }
  return best.map((b, axis) => (b - region.low[axis]) * 2 ** level) as Triple
}

/** The pairs of columns of A: how far AᵀA is from the identity; stretching costs less than shearing. */
const pairs = [0, 1, 2].flatMap((i) => Array.from({ length: i + 1 }, (_, j) => ({ i, j, weight: i === j ? 0.25 : 1 })))
const product = (p: readonly number[], i: number, j: number): number =>
  [0, 3, 6].reduce((sum, row) => sum + p[row + i] * p[row + j], 0) - (i === j ? 1 : 0)
const strain = (p: readonly number[]): number =>
  pairs.reduce((sum, { i, j, weight }) => sum + weight * product(p, i, j) ** 2, 0)

function addPrior(p: readonly number[], strength: number, normal: Float64Array, right: Float64Array): void {
  for (const { i, j, weight } of pairs) {
    const J = new Float64Array(9)
    for (const row of [0, 3, 6]) {
      J[row + i] += p[row + j]
      J[row + j] += p[row + i]
    }
    const off = product(p, i, j)
    for (let a = 0; a < 9; a++) {
      right[a] -= strength * weight * J[a] * off
      for (let b = 0; b < 9; b++) normal[a * 12 + b] += strength * weight * J[a] * J[b]
    }
  }
}

/** A map in corner coordinates ↔ twelve numbers about a centre, in voxels of a level: the matrix by rows, the centre's image. */
function toLocal(map: Affine, centre: readonly number[], unit: number): number[] {
  const at = apply(map, centre.map((c) => (c + 0.5) * unit) as Triple)
  return [...map.slice(0, 3).flatMap((row) => row.slice(0, 3)), ...at.map((v) => v / unit - 0.5)]
}

function fromLocal(p: readonly number[], centre: readonly number[], unit: number): Affine {
  const row = (axis: number): Row => {
    const [a, b, c] = p.slice(3 * axis, 3 * axis + 3)
    const [x, y, z] = centre.map((v) => (v + 0.5) * unit)
    return [a, b, c, (p[9 + axis] + 0.5) * unit - (a * x + b * y + c * z)]
  }
  return [row(0), row(1), row(2), [0, 0, 0, 1]]
}

/** Gaussian elimination with pivots; null where there is no single solution. */
function solve(matrix: Float64Array, right: Float64Array, n: number): Float64Array | null {
  const a = matrix.slice()
  const x = right.slice()
  for (let i = 0; i < n; i++) {
    let pivot = i
    for (let r = i + 1; r < n; r++) if (Math.abs(a[r * n + i]) > Math.abs(a[pivot * n + i])) pivot = r
    if (Math.abs(a[pivot * n + i]) < 1e-12) return null
    if (pivot !== i) {
      for (let c = 0; c < n; c++) [a[i * n + c], a[pivot * n + c]] = [a[pivot * n + c], a[i * n + c]]
      ;[x[i], x[pivot]] = [x[pivot], x[i]]
    }
    for (let r = i + 1; r < n; r++) {
      const factor = a[r * n + i] / a[i * n + i]
      if (factor === 0) continue
      for (let c = i; c < n; c++) a[r * n + c] -= factor * a[i * n + c]
      x[r] -= factor * x[i]
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let c = i + 1; c < n; c++) x[i] -= a[i * n + c] * x[c]
    x[i] /= a[i * n + i]
  }
  return x
}
