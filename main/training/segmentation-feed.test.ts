import { describe, expect, it } from 'vitest'
import type { Plan } from '../../shared/domain/plan.ts'
import { random } from '../../shared/domain/random.ts'
import { coarsen, feedRules, thinBackground } from './segmentation-feed.ts'

describe('coarsen', () => {
  const plan: Plan = {
    version: 1,
    spacing: [1, 1, 1],
    patch: [4, 2, 2],
    batch: 1,
    channels: 1,
    normalisation: [{ kind: 'z-score' }],
    features: [1, 2],
    pools: [[2, 2, 2]],
    kernels: [
      [3, 3, 3],
      [3, 3, 3],
    ],
  }
  const coarse = (voxels: number[]) => {
    const to = new Float32Array(2)
    coarsen(plan, Float32Array.from(voxels), to, 1)
    return [...to]
  }

  it('takes the commonest label of each window', () => {
    expect(coarse([1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0])).toEqual([1, 0])
  })
  it('keeps a structure that fills half a window, and leaves unknown voxels out', () => {
    expect(coarse([1, 0, 255, 255, 1, 0, 255, 255, 1, 0, 255, 255, 1, 0, 255, 2])).toEqual([1, 2])
    expect(coarse(Array(16).fill(255))).toEqual([255, 255])
  })
})

describe('thinBackground', () => {
  /** 1 % labelled, 1 % unknown, the rest background. */
  const target = () => Float32Array.from({ length: 100_000 }, (_, v) => (v % 100 === 0 ? 1 : v % 100 === 1 ? 255 : 0))
  const shown = (progress: number) => {
    const thinned = target()
    thinBackground(random(1), thinned, progress)
    const background = thinned.filter((label) => label === 0).length
    return { labelled: thinned.filter((label) => label === 1).length, background }
  }

  it('leaves every label, and at first about twice as many background voxels', () => {
    const { labelled, background } = shown(0)
    expect(labelled).toBe(1000)
    expect(background).toBeGreaterThan(1800)
    expect(background).toBeLessThan(2200)
  })
  it('shows more and more, in the end all', () => {
    expect(shown(0.5).background).toBeGreaterThan(3 * shown(0).background)
    expect(shown(1).background).toBe(98_000)
  })
  it('shows some background where nothing is labelled', () => {
    const empty = new Float32Array(100_000)
    thinBackground(random(1), empty, 0)
    const left = empty.filter((label) => label === 0).length
    expect(left / empty.length).toBeCloseTo(feedRules.thinning.least, 2)
  })
})
