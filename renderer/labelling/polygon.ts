/** Shapes drawn in a slice: what a lasso or a rectangle encloses. */
import type { Triple } from './map.ts'

/** The two axes of a slice across `normal`, in index order. */
export const planeAxes = (normal: 0 | 1 | 2): readonly [0 | 1 | 2, 0 | 1 | 2] =>
  normal === 0 ? [1, 2] : normal === 1 ? [0, 2] : [0, 1]

/**
 * Visits the voxels of slice `at` across `normal` whose centres lie inside a closed outline (continuous voxel indices;
 * even-odd rule, so a loop that crosses itself leaves its double part out).
 */
export function visitPolygon(
  shape: Triple,
  normal: 0 | 1 | 2,
  at: number,
  outline: readonly Triple[],
  visit: (index: number) => void,
): void {
  const [u, v] = planeAxes(normal)
  const strides = [1, shape[0], shape[0] * shape[1]]
  const heights = outline.map((point) => point[v])
  const first = Math.max(0, Math.ceil(Math.min(...heights)))
  const last = Math.min(shape[v] - 1, Math.floor(Math.max(...heights)))
  for (let y = first; y <= last; y++) {
    const crossings: number[] = []
    for (let n = 0; n < outline.length; n++) {
      const a = outline[n]
      const b = outline[(n + 1) % outline.length]
      // Half-open: a corner on the line counts once.
      if (a[v] <= y === b[v] <= y) continue
      crossings.push(a[u] + ((y - a[v]) / (b[v] - a[v])) * (b[u] - a[u]))
    }
    crossings.sort((p, q) => p - q)
    for (let n = 0; n + 1 < crossings.length; n += 2) {
      const from = Math.max(0, Math.ceil(crossings[n]))
      const to = Math.min(shape[u] - 1, Math.floor(crossings[n + 1]))
      for (let x = from; x <= to; x++) visit(at * strides[normal] + x * strides[u] + y * strides[v])
    }
  }
}

/** The voxels of a rectangle between two corners, both included. */
export function visitRectangle(
  shape: Triple,
  normal: 0 | 1 | 2,
  at: number,
  corner: Triple,
  opposite: Triple,
  visit: (index: number) => void,
): void {
  const [u, v] = planeAxes(normal)
  const strides = [1, shape[0], shape[0] * shape[1]]
  const clamp = (value: number, axis: number) => Math.min(shape[axis] - 1, Math.max(0, Math.round(value)))
  const low = [u, v].map((axis) => clamp(Math.min(corner[axis], opposite[axis]), axis))
  const high = [u, v].map((axis) => clamp(Math.max(corner[axis], opposite[axis]), axis))
  for (let y = low[1]; y <= high[1]; y++)
    for (let x = low[0]; x <= high[0]; x++) visit(at * strides[normal] + x * strides[u] + y * strides[v])
}
