import { poolingFactor, type Plan } from '../../../shared/domain/plan.ts'
import { quantile } from '../plan.ts'
import type { PreparedCase } from '../prepare.ts'

/**
 * Side of the cube: the largest that the network divides and that lies wholly inside nine scans of ten, so that padding
 * gives nothing away; no larger than the patch's own volume.
 */
export function cubeSide(plan: Plan, cases: readonly PreparedCase[]): number {
  const step = Math.max(...poolingFactor(plan))
  const inside = quantile(
    cases.map((c) => Math.min(...c.shape)),
    0.1,
  )
  const budget = Math.cbrt(plan.patch[0] * plan.patch[1] * plan.patch[2])
  return Math.max(step, Math.floor(Math.min(inside, budget) / step) * step)
}
