/** Slices that are shifted against each other or unevenly spaced, resampled onto a right-angled, even grid. */
import type { SampleArray } from '../../../shared/domain/volume.ts'
import { place, type Placement } from './placement.ts'

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
 * New slices `from`…`to` - 1 (of all channels, one channel after the other) on the grid of `placement`: each is mixed from
 * the two stored ones that enclose it, pixel by pixel (so along the slant of a tilted stack), then moved to its place in
 * the plane, all linearly. Beyond the stored slices stands `outside`. Integers stay integers, rounded.
 */
export function mendSlices(
  samples: SampleArray,
  mend: Mend,
  outside: number,
  placement: Placement,
  out: SampleArray,
  from: number,
  to: number,
): void {
  const [nx, ny, nz] = placement.shape
  const pixels = mend.columns * mend.rows
  const plane = new (out.constructor as new (length: number) => SampleArray)(nx * ny)
  for (let n = from; n < to; n++) {
    const z = n % nz
    let below = 0
    while (below < mend.z.length - 2 && mend.z[below + 1] <= z + 1e-3) below++
    const share = Math.min(1, Math.max(0, (z - mend.z[below]) / (mend.z[below + 1] - mend.z[below])))
    // Within a hundredth of a stored slice that slice is taken as it is.
    const weight = share < 0.01 ? 0 : share > 0.99 ? 1 : share
    const between = (list: number[]) => list[below] + weight * (list[below + 1] - list[below])
    const first = (Math.floor(n / nz) * mend.z.length + below) * pixels
    const [a, b] = [first, first + pixels].map((at) => samples.subarray(at, at + pixels))
    const mixed = { a: weight === 1 ? b : a, b, weight: weight === 1 ? 0 : weight }
    moveSlice(mixed, mend, between(mend.x), between(mend.y), outside, plane, nx, ny)
    place(plane, 0, placement, n, 1, out)
  }
}

/** Two slices of which `weight` of the second is taken. */
type Mixed = { a: SampleArray; b: SampleArray; weight: number }

/** A slice moved by (x, y) voxels, x and y not negative, onto nx × ny: each new row from the row at its place and the one before. */
function moveSlice(
  mixed: Mixed,
  { columns, rows }: Mend,
  x: number,
  y: number,
  outside: number,
  out: SampleArray,
  nx: number,
  ny: number,
): void {
  const wholeY = Math.floor(y + 1e-6)
  const part = Math.max(0, y - wholeY)
  const height = Math.min(ny - wholeY, rows + (part > 0 ? 1 : 0))
  const rounds = !(out instanceof Float32Array || out instanceof Float64Array)
  out.fill(outside)
  let [here, before] = [new Float32Array(nx).fill(outside), new Float32Array(nx).fill(outside)]
  for (let j = 0; j < height; j++) {
    ;[here, before] = [before, here]
    if (j < rows) readRow(mixed, columns, j, x, outside, here)
    else here.fill(outside)
    if (rounds) mixRounded(here, before, part, out, nx * (wholeY + j))
    else mix(here, before, part, out, nx * (wholeY + j))
  }
}

function mixRounded(here: Float32Array, before: Float32Array, part: number, out: SampleArray, at: number): void {
  for (let i = 0; i < here.length; i++) out[at + i] = Math.floor(here[i] + part * (before[i] - here[i]) + 0.5)
}

function mix(here: Float32Array, before: Float32Array, part: number, out: SampleArray, at: number): void {
  // Not through the product where nothing is mixed: an infinite value would leave NaN.
  if (part === 0) out.set(here, at)
  else for (let i = 0; i < here.length; i++) out[at + i] = here[i] + part * (before[i] - here[i])
}

/** Row `j` moved by x voxels; what lies beyond its ends is `outside`. */
function readRow({ a, b, weight }: Mixed, columns: number, j: number, x: number, outside: number, row: Float32Array) {
  const whole = Math.floor(x + 1e-6)
  const part = Math.max(0, x - whole)
  const from = columns * j
  if (weight === 0) for (let i = 0; i < columns; i++) row[whole + i] = a[from + i]
  else for (let i = 0; i < columns; i++) row[whole + i] = a[from + i] + weight * (b[from + i] - a[from + i])
  row.fill(outside, 0, whole)
  row.fill(outside, whole + columns)
  if (part === 0) return
  let before = outside
  for (let i = whole; i < Math.min(row.length, whole + columns + 1); i++) {
    const value = row[i]
    row[i] = value + part * (before - value)
    before = value
  }
}
