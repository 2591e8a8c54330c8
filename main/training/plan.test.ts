import { describe, expect, it } from 'vitest'
import { poolingFactor, type Fingerprint } from '../../shared/domain/plan.ts'
import { makePlan, planRules } from './plan.ts'

type Triple = [number, number, number]
const fingerprint = (shape: Triple, spacing: Triple, modality = 'MR'): Fingerprint => ({
  cases: [{ id: 'a', shape, spacing }],
  modality,
  channels: 1,
  intensities: [{ low: -100, high: 300, mean: 40, deviation: 60 }],
})

describe('makePlan', () => {
  it('covers a small scan whole', () => {
    const plan = makePlan(fingerprint([36, 50, 35], [1, 1, 1]))
    expect(plan.patch).toEqual([40, 56, 40])
    expect(plan.pools).toHaveLength(3)
    expect(plan.features).toEqual([16, 32, 64, 128])
    expect(plan.normalisation).toEqual([{ kind: 'z-score' }])
  })

  it.each<[Triple, Triple]>([
    [
      [512, 512, 300],
      [0.8, 0.8, 1],
    ],
    [
      [512, 512, 30],
      [0.7, 0.7, 6.5],
    ],
    [
      [128, 128, 128],
      [3.9, 3.9, 2.5],
    ],
    [
      [20, 400, 400],
      [5, 0.5, 0.5],
    ],
    [
      [9, 9, 9],
      [1, 1, 1],
    ],
    [
      [3, 200, 200],
      [8, 1, 1],
    ],
    [
      [1, 64, 64],
      [1, 1, 1],
    ],
  ])('gives %j at %j mm a patch within budget that the pools divide', (shape, spacing) => {
    const plan = makePlan(fingerprint(shape, spacing))
    const factor = poolingFactor(plan)
    plan.patch.forEach((n, axis) => expect(n % factor[axis]).toBe(0))
    expect(plan.patch[0] * plan.patch[1] * plan.patch[2]).toBeLessThanOrEqual(planRules.patchVoxels * 1.15)
    // The bottleneck keeps some voxels along every pooled axis.
    plan.patch.forEach((n, axis) => {
      if (factor[axis] > 1) expect(n / factor[axis]).toBeGreaterThanOrEqual(planRules.minVoxels)
    })
    expect(plan.features).toHaveLength(plan.pools.length + 1)
    expect(plan.kernels).toHaveLength(plan.pools.length + 1)
  })

  it('does not pool or convolve along a coarse axis before the others have caught up', () => {
    const plan = makePlan(fingerprint([256, 256, 24], [0.8, 0.8, 6.4]))
    expect(plan.pools[0]).toEqual([2, 2, 1])
    expect(plan.kernels[0]).toEqual([3, 3, 1])
    expect(plan.kernels.at(-1)).toEqual([3, 3, 3])
  })

  it('reaches about equally far in mm along each axis of a large scan', () => {
    const { patch, spacing } = makePlan(fingerprint([512, 512, 300], [0.5, 0.5, 1]))
    const reach = patch.map((n, axis) => n * spacing[axis])
    expect(Math.max(...reach) / Math.min(...reach)).toBeLessThan(1.5)
  })

  it('keeps a slice of fine pixels a slice', () => {
    const { patch } = makePlan(fingerprint([1000, 1000, 1], [0.0005, 0.0005, 1]))
    expect(patch[2]).toBe(1)
    expect(patch[0] * patch[1]).toBeGreaterThan(50_000)
    expect(patch[0] * patch[1]).toBeLessThan(planRules.patchVoxels * 1.2)
  })

  it('normalises CT by fixed figures', () => {
    const plan = makePlan(fingerprint([100, 100, 100], [1, 1, 1], 'CT'))
    expect(plan.normalisation[0]).toEqual({ kind: 'fixed', low: -100, high: 300, mean: 40, deviation: 60 })
  })

  it('takes the 10th percentile on a much coarser axis, the median elsewhere', () => {
    const cases = [4, 5, 6, 8, 10].map((z, i) => ({
      id: `${i}`,
      shape: [100, 100, 20] as Triple,
      spacing: [1, 1, z] as Triple,
    }))
    expect(makePlan({ ...fingerprint([1, 1, 1], [1, 1, 1]), cases }).spacing).toEqual([1, 1, 4.4])
  })
})
