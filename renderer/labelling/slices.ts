/** Edits of one slice. */
import { planeAxes } from './polygon.ts'
import type { Triple } from './map.ts'

/** Visits every voxel of slice `at` across `normal`. */
export function visitSlice(shape: Triple, normal: 0 | 1 | 2, at: number, visit: (index: number) => void): void {
  const [u, v] = planeAxes(normal)
  const strides = [1, shape[0], shape[0] * shape[1]]
  for (let y = 0; y < shape[v]; y++)
    for (let x = 0; x < shape[u]; x++) visit(at * strides[normal] + x * strides[u] + y * strides[v])
}

/**
 * The nearest slice across `normal`, other than `at`, that holds `value`: the one before where both are equally near.
 * null when there is none.
 */
export function nearestSlice(
  samples: Uint8Array,
  shape: Triple,
  normal: 0 | 1 | 2,
  at: number,
  value: number,
): number | null {
  const holds = (slice: number) => {
    if (slice < 0 || slice >= shape[normal]) return false
    let found = false
    visitSlice(shape, normal, slice, (index) => (found ||= samples[index] === value))
    return found
  }
  for (let away = 1; away < shape[normal]; away++) {
    if (holds(at - away)) return at - away
    if (holds(at + away)) return at + away
  }
  return null
}
