/** Figures of a segmentation against a reference: Dice and HD95, per label. The background never counts. */
import { quantile } from './plan.ts'

/** 2·|A∩B| / (|A| + |B|) of one label; null when neither map has it. */
export function dice(a: Uint8Array, b: Uint8Array, value: number): number | null {
  let both = 0
  let either = 0
  for (let i = 0; i < a.length; i++) {
    const inA = a[i] === value ? 1 : 0
    const inB = b[i] === value ? 1 : 0
    both += inA & inB
    either += inA + inB
  }
  return either === 0 ? null : (2 * both) / either
}

/** Voxels with this value. */
export function countVoxels(map: Uint8Array, value: number): number {
  let count = 0
  for (let i = 0; i < map.length; i++) if (map[i] === value) count++
  return count
}

type Triple = readonly [number, number, number]

/**
 * 95th percentile of the distances between the surfaces of one label in two maps, in mm: the larger of the two directed
 * percentiles. A surface voxel has one of its six neighbours outside the label. null when the label is missing from one
 * map. shape [x, y, z], x fastest; spacing in mm.
 */
export function hd95(a: Uint8Array, b: Uint8Array, value: number, shape: Triple, spacing: Triple): number | null {
  const box = boundingBox([a, b], value, shape)
  if (box === null) return null
  const size = box.size
  const surfaceA = surface(cropped(a, value, shape, box), size)
  const surfaceB = surface(cropped(b, value, shape, box), size)
  if (surfaceA.length === 0 || surfaceB.length === 0) return null
  return Math.max(directed(surfaceA, surfaceB, size, spacing), directed(surfaceB, surfaceA, size, spacing))
}

function directed(from: number[], to: number[], shape: Triple, spacing: Triple): number {
  const squared = distanceSquared(to, shape, spacing)
  return quantile(
    from.map((i) => Math.sqrt(squared[i])),
    0.95,
  )
}

interface Box {
  start: Triple
  size: Triple
}

/** Of the label in any of the maps, with a margin of one voxel (which may lie outside the volume); null when it is in none. */
function boundingBox(maps: Uint8Array[], value: number, [nx, ny, nz]: Triple): Box | null {
  const low = [nx, ny, nz]
  const high = [-1, -1, -1]
  for (const map of maps) {
    for (let z = 0, i = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++) {
        for (let x = 0; x < nx; x++, i++) {
          if (map[i] !== value) continue
          const at = [x, y, z]
          for (let axis = 0; axis < 3; axis++) {
            low[axis] = Math.min(low[axis], at[axis])
            high[axis] = Math.max(high[axis], at[axis])
          }
        }
      }
    }
  }
  if (high[0] < 0) return null
  const size = low.map((l, axis) => high[axis] - l + 3) as unknown as Triple
  return { start: low.map((l) => l - 1) as unknown as Triple, size }
}

/** 1 where the label is, else 0, in the box. */
function cropped(map: Uint8Array, value: number, [nx, ny]: Triple, { start, size }: Box): Uint8Array {
  const result = new Uint8Array(size[0] * size[1] * size[2])
  for (let z = 1; z < size[2] - 1; z++) {
    for (let y = 1; y < size[1] - 1; y++) {
      const from = ((start[2] + z) * ny + start[1] + y) * nx + start[0]
      const to = (z * size[1] + y) * size[0]
      for (let x = 1; x < size[0] - 1; x++) if (map[from + x] === value) result[to + x] = 1
    }
  }
  return result
}

/** The margin of the box is empty, so that every voxel of the label has six neighbours. */
function surface(mask: Uint8Array, [nx, ny]: Triple): number[] {
  const steps = [1, -1, nx, -nx, nx * ny, -nx * ny]
  const result: number[] = []
  for (let i = 0; i < mask.length; i++) if (mask[i] === 1 && steps.some((step) => mask[i + step] === 0)) result.push(i)
  return result
}

/**
 * Exact squared Euclidean distance (mm²) of every voxel to the nearest seed: lower envelopes of parabolas, axis by axis
 * (Felzenszwalb & Huttenlocher, 2012).
 */
function distanceSquared(seeds: number[], [nx, ny, nz]: Triple, spacing: Triple): Float64Array {
  const field = new Float64Array(nx * ny * nz).fill(Infinity)
  for (const i of seeds) field[i] = 0
  const longest = Math.max(nx, ny, nz)
  const line = new Float64Array(longest)
  const apex = new Int32Array(longest)
  const border = new Float64Array(longest + 1)
  const pass = (start: number, stride: number, n: number, mm: number) => {
    let top = -1
    for (let q = 0; q < n; q++) line[q] = field[start + q * stride]
    for (let q = 0; q < n; q++) {
      if (line[q] === Infinity) continue
      let s = -Infinity
      while (top >= 0) {
        const p = apex[top]
        s = (line[q] + (q * mm) ** 2 - line[p] - (p * mm) ** 2) / (2 * mm * (q - p))
        if (s > border[top]) break
        top--
      }
      top++
      apex[top] = q
      border[top] = top === 0 ? -Infinity : s
    }
    if (top < 0) return
    for (let q = 0, k = 0; q < n; q++) {
      while (k < top && border[k + 1] < q * mm) k++
      field[start + q * stride] = (mm * (q - apex[k])) ** 2 + line[apex[k]]
    }
  }
  for (let row = 0; row < ny * nz; row++) pass(row * nx, 1, nx, spacing[0])
  for (let z = 0; z < nz; z++) for (let x = 0; x < nx; x++) pass(z * nx * ny + x, nx, ny, spacing[1])
  for (let i = 0; i < nx * ny; i++) pass(i, nx * ny, nz, spacing[2])
  return field
}
