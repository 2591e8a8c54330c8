import { isPlanar, poolingFactor, type Plan } from '../../../shared/domain/plan.ts'
import { quantile } from '../plan.ts'
import type { PreparedCase } from '../prepare.ts'

/**
 * Size [x, y, z] of a cube, or of a square where the network is one of slices: the largest that the network divides and that
 * lies wholly inside nine scans of ten, so that padding gives nothing away; no larger than the patch's own volume.
 */
export function cubeSize(plan: Plan, cases: readonly PreparedCase[]): [number, number, number] {
  const planar = isPlanar(plan)
  const step = Math.max(...poolingFactor(plan))
  const inside = quantile(
    cases.map((c) => Math.min(...(planar ? c.shape.slice(0, 2) : c.shape))),
    0.1,
  )
  const [x, y, z] = plan.patch
  const budget = planar ? Math.sqrt(x * y) : Math.cbrt(x * y * z)
  const side = Math.max(step, Math.floor(Math.min(inside, budget) / step) * step)
  return [side, side, planar ? 1 : side]
}
