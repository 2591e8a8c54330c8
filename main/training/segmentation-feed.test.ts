import { describe, expect, it } from 'vitest'
import type { Plan } from '../../shared/domain/plan.ts'
import { coarsen } from './segmentation-feed.ts'

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
