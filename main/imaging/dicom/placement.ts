/** Where the voxels of stored slices lie in a volume whose axes are reordered and flipped as it is read. */
import type { Permutation, Triple } from '../../../shared/domain/geometry.ts'
import type { SampleArray } from '../../../shared/domain/volume.ts'

/** Voxel (x, y) of stored slice n of a channel goes to `start + x·steps[0] + y·steps[1] + n·steps[2]`. Plain data. */
export type Placement = {
  /** Voxels along a row and down a column of a slice, and slices of a channel. */
  shape: Triple
  steps: Triple
  start: number
}

/** `permutation`: to the volume's axes; none leaves the slices one after the other. */
export function placementOf(shape: Triple, permutation?: Permutation): Placement {
  const { axes, flips } = permutation ?? { axes: [0, 1, 2], flips: [false, false, false] }
  const turned = axes.map((axis) => shape[axis])
  const strides = [1, turned[0], turned[0] * turned[1]]
  const steps: Triple = [0, 0, 0]
  let start = 0
  axes.forEach((axis, n) => {
    steps[axis] = flips[n] ? -strides[n] : strides[n]
    if (flips[n]) start += (turned[n] - 1) * strides[n]
  })
  return { shape, steps, start }
}

/** How many slices are best placed together: where they are neighbours in memory, a cache line's worth. */
export function slicesTogether({ shape: [nx, ny], steps }: Placement): number {
  return Math.abs(steps[2]) === 1 ? Math.max(1, Math.min(32, Math.floor(2 ** 23 / (nx * ny)))) : 1
}

/** Whether slices lie in the volume as they are stored, one after the other. */
export function isStraight({ shape: [nx, ny], steps }: Placement): boolean {
  return steps[0] === 1 && steps[1] === nx && steps[2] === nx * ny
}

/** The samples of slices n…n + count - 1 where they follow each other in the volume; undefined where they don't. */
export function slabOf(
  { shape: [nx, ny, nz], steps }: Placement,
  n: number,
  count: number,
): { from: number; to: number } | undefined {
  const within = n % nz
  if (Math.abs(steps[2]) !== nx * ny || within + count > nz) return undefined
  const first = n - within + (steps[2] > 0 ? within : nz - within - count)
  return { from: first * nx * ny, to: (first + count) * nx * ny }
}

/**
 * Puts `count` slices, which follow each other within a channel, where they belong: the first is slice `n` of all
 * channels; in `block` they begin `pitch` samples apart. What is in `block` may be changed.
 */
export function place(
  block: SampleArray,
  pitch: number,
  { shape: [nx, ny, nz], steps: [sx, sy, sz], start }: Placement,
  n: number,
  count: number,
  out: SampleArray,
): void {
  const first = start + Math.floor(n / nz) * nx * ny * nz + (n % nz) * sz
  // Each loop runs along what is contiguous in the volume; of the rest as much at a time as the caches hold.
  if (Math.abs(sz) === 1 && nz > 1) return across(block, pitch, [nx, ny, count], [sx, sy, sz], first, out)
  for (let s = 0; s < count; s++) {
    const slice = block.subarray(s * pitch, s * pitch + nx * ny)
    const at = first + s * sz
    if (Math.abs(sx) !== 1) turn(slice, nx, ny, sx, sy, at, out)
    else if (sx === -1 && sy === -nx) out.set(slice.reverse(), at - nx * ny + 1)
    else if (sx === 1 && sy === nx) out.set(slice, at)
    else rows(slice, nx, ny, sx, sy, at, out)
  }
}

/** Rows that stay rows: turned round all at once, then moved one by one, which is quicker than voxel by voxel. */
function rows(slice: SampleArray, nx: number, ny: number, sx: number, sy: number, first: number, out: SampleArray) {
  if (sx < 0) slice.reverse()
  for (let y = 0; y < ny; y++) {
    const from = nx * (sx < 0 ? ny - 1 - y : y)
    const to = first + y * sy - (sx < 0 ? nx - 1 : 0)
    out.set(slice.subarray(from, from + nx), to)
  }
}

/** Columns that become rows. */
function turn(slice: SampleArray, nx: number, ny: number, sx: number, sy: number, first: number, out: SampleArray) {
  for (let top = 0; top < ny; top += 32) {
    const bottom = Math.min(ny, top + 32)
    for (let x = 0; x < nx; x++) {
      let to = first + x * sx + top * sy
      for (let from = x + top * nx, y = top; y < bottom; y++, from += nx, to += sy) out[to] = slice[from]
    }
  }
}

/** Pixels of one place in several slices that become a row. */
function across(
  block: SampleArray,
  pitch: number,
  [nx, ny, count]: Triple,
  [sx, sy, sz]: Triple,
  first: number,
  out: SampleArray,
) {
  for (let y = 0; y < ny; y++)
    for (let x = 0; x < nx; x++) {
      let to = first + x * sx + y * sy
      for (let from = x + y * nx, s = 0; s < count; s++, from += pitch, to += sz) out[to] = block[from]
    }
}
