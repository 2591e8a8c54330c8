/** Brushes: which voxels a round brush covers on its way from one point to the next. */
import type { Triple } from './map.ts'

/**
 * Visits every voxel whose centre is within `radius` mm of the segment from `from` to `to` (continuous voxel indices,
 * voxel centres at whole numbers): a capsule, so that a fast stroke has no gaps. With `normal`, only the slice that both
 * points lie in is visited (a circle brush across that axis); without, all three axes (a sphere). The voxel that the
 * pointer is in is always visited, however small the brush.
 */
export function visitStroke(
  shape: Triple,
  spacing: Triple,
  from: Triple,
  to: Triple,
  radius: number,
  normal: 0 | 1 | 2 | null,
  visit: (index: number) => void,
): void {
  const low = [0, 0, 0]
  const high = [0, 0, 0]
  for (let axis = 0; axis < 3; axis++) {
    const reach = axis === normal ? 0 : radius / spacing[axis]
    low[axis] = Math.max(0, Math.ceil(Math.min(from[axis], to[axis]) - reach - 1e-9))
    high[axis] = Math.min(shape[axis] - 1, Math.floor(Math.max(from[axis], to[axis]) + reach + 1e-9))
  }
  if (normal !== null) low[normal] = high[normal] = Math.round(from[normal])
  const weight = spacing.map((mm, axis) => (axis === normal ? 0 : mm))
  const step = [0, 1, 2].map((axis) => (to[axis] - from[axis]) * weight[axis])
  const length = step[0] ** 2 + step[1] ** 2 + step[2] ** 2
  const most = radius * radius * (1 + 1e-9)
  for (let z = low[2]; z <= high[2]; z++)
    for (let y = low[1]; y <= high[1]; y++)
      for (let x = low[0]; x <= high[0]; x++) {
        const dx = (x - from[0]) * weight[0]
        const dy = (y - from[1]) * weight[1]
        const dz = (z - from[2]) * weight[2]
        const along = length ? Math.min(1, Math.max(0, (dx * step[0] + dy * step[1] + dz * step[2]) / length)) : 0
        const away = (dx - along * step[0]) ** 2 + (dy - along * step[1]) ** 2 + (dz - along * step[2]) ** 2
        if (away <= most) visit(x + shape[0] * (y + shape[1] * z))
      }
  const own = to.map(Math.round)
  if (own.every((at, axis) => at >= 0 && at < shape[axis])) visit(own[0] + shape[0] * (own[1] + shape[1] * own[2]))
}
