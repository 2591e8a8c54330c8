/** Slices that are shifted against each other or unevenly spaced, resampled onto a right-angled, even grid. */
import type { Triple } from '../../../shared/domain/geometry.ts'
import type { SampleArray } from '../../../shared/domain/volume.ts'

/** Where each stored slice lies on the new grid. */
export type Mend = {
  /** Size of the stored slices. */
  columns: number
  rows: number
  /** For each slice: position of its first pixel in voxels of the new grid. z grows from 0 to the last new slice. */
  x: number[]
  y: number[]
  z: number[]
}

/**
 * One channel on the new grid of `shape`: each new slice is mixed from the two that enclose it, pixel by pixel (so along
 * the slant of a tilted stack), then moved to its place in the plane, all linearly. Outside the stored slices stands the
 * least stored value (air in CT). Integers stay integers, rounded.
 */
export function mendSamples<T extends SampleArray>(samples: T, mend: Mend, shape: Triple, out: T): void {
  const [nx, ny, nz] = shape
  const plane = mend.columns * mend.rows
  const rounds = !(out instanceof Float32Array || out instanceof Float64Array)
  let least = samples[0] ?? 0
  for (const value of samples) if (value < least) least = value
  const mixed = new Float32Array(plane)
  let below = 0
  for (let z = 0; z < nz; z++) {
    while (below < mend.z.length - 2 && mend.z[below + 1] <= z + 1e-3) below++
    const share = Math.min(1, Math.max(0, (z - mend.z[below]) / (mend.z[below + 1] - mend.z[below])))
    // Within a hundredth of a stored slice that slice is taken as it is.
    const weight = share < 0.01 ? 0 : share > 0.99 ? 1 : share
    const between = (list: number[]) => list[below] + weight * (list[below + 1] - list[below])
    const [a, b] = [below * plane, (below + 1) * plane]
    for (let n = 0; n < plane; n++) mixed[n] = samples[a + n] + weight * (samples[b + n] - samples[a + n])
    const moved = shiftSlice(mixed, mend, between(mend.x), between(mend.y), nx, ny, least)
    const at = z * nx * ny
    for (let n = 0; n < moved.length; n++) out[at + n] = rounds ? Math.round(moved[n]) : moved[n]
  }
}

/** One slice moved by (x, y) voxels, x and y not negative, onto nx × ny: first along its rows, then down its columns. */
function shiftSlice(
  stored: Float32Array,
  { columns, rows }: Mend,
  x: number,
  y: number,
  nx: number,
  ny: number,
  outside: number,
): Float32Array {
  const [wholeX, wholeY] = [Math.floor(x + 1e-6), Math.floor(y + 1e-6)]
  const [partX, partY] = [Math.max(0, x - wholeX), Math.max(0, y - wholeY)]
  const across = new Float32Array(nx * rows).fill(outside)
  const width = Math.min(nx - wholeX, columns + (partX > 0 ? 1 : 0))
  for (let j = 0; j < rows; j++) {
    const [from, to] = [columns * j, wholeX + nx * j]
    let before = outside
    for (let i = 0; i < width; i++) {
      const here = i < columns ? stored[from + i] : outside
      across[to + i] = partX > 0 ? here + partX * (before - here) : here
      before = here
    }
  }
  const out = new Float32Array(nx * ny).fill(outside)
  const height = Math.min(ny - wholeY, rows + (partY > 0 ? 1 : 0))
  for (let j = 0; j < height; j++) {
    const [here, above, to] = [nx * j, nx * (j - 1), nx * (wholeY + j)]
    for (let i = 0; i < nx; i++) {
      const value = j < rows ? across[here + i] : outside
      out[to + i] = partY > 0 ? value + partY * ((j > 0 ? across[above + i] : outside) - value) : value
    }
  }
  return out
}
