/** One-click region growing. */
import type { Triple } from './map.ts'

/**
 * Marks with `value` in `mask` (zeroed first) every voxel that is joined to `seed` through faces and whose sample differs
 * from `centre` by at most `tolerance`. Never goes through voxels that `closed` holds.
 * @returns the number of voxels
 */
export function growRegion(
  samples: ArrayLike<number>,
  shape: Triple,
  seed: number,
  centre: number,
  tolerance: number,
  closed: (index: number) => boolean,
  value: number,
  mask: Uint8Array,
): number {
  mask.fill(0)
  const [nx, ny, nz] = shape
  const slice = nx * ny
  const inside = (index: number) =>
    mask[index] === 0 && Math.abs(samples[index] - centre) <= tolerance && !closed(index)
  if (!inside(seed)) return 0
  // Whole runs along x at a time: the stack stays small.
  const stack = [seed]
  let count = 0
  while (stack.length) {
    const start = stack.pop()!
    if (!inside(start)) continue
    const row = start - (start % nx)
    let low = start
    let high = start
    while (low > row && inside(low - 1)) low--
    while (high < row + nx - 1 && inside(high + 1)) high++
    mask.fill(value, low, high + 1)
    count += high - low + 1
    const y = Math.floor(row / nx) % ny
    const z = Math.floor(row / slice)
    for (const [there, step] of [
      [y > 0, -nx],
      [y < ny - 1, nx],
      [z > 0, -slice],
      [z < nz - 1, slice],
    ] as const) {
      if (!there) continue
      // One entry for each run of open neighbours.
      let open = false
      for (let index = low + step; index <= high + step; index++) {
        const now = inside(index)
        if (now && !open) stack.push(index)
        open = now
      }
    }
  }
  return count
}

/** Growing as a message. Scan values are samples as the viewer holds them. */
export interface GrowJob {
  shape: Triple
  seed: number
  centre: number
  tolerance: number
  /** Label value to write. */
  value: number
  /** The label map, where some of its values stop the growth: those in `kept`. */
  labels: Uint8Array | null
  kept: readonly number[]
  /** Where given, only samples within (both included). */
  gate: readonly [low: number, high: number] | null
}

export interface Grown {
  mask: Uint8Array<ArrayBuffer>
  voxels: number
}

export function runGrow(scan: ArrayLike<number>, job: GrowJob): Grown {
  const mask = new Uint8Array(scan.length)
  const stops = new Uint8Array(256)
  for (const value of job.kept) stops[value] = 1
  const { labels, gate } = job
  const closed = (index: number) =>
    (labels !== null && stops[labels[index]] === 1) ||
    (gate !== null && !(scan[index] >= gate[0] && scan[index] <= gate[1]))
  const voxels = growRegion(scan, job.shape, job.seed, job.centre, job.tolerance, closed, job.value, mask)
  return { mask, voxels }
}
