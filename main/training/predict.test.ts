import { describe, expect, it } from 'vitest'
import { windowStarts } from './predict.ts'

describe('windowStarts', () => {
  it.each([
    [100, 40],
    [41, 40],
    [60, 40],
    [512, 48],
    [40, 40],
  ])('covers %i voxels with windows of %i, half overlapping, none outside', (n, patch) => {
    const starts = windowStarts(n, patch)
    expect(starts[0]).toBe(0)
    expect(starts.at(-1)! + patch).toBe(n)
    for (let i = 1; i < starts.length; i++) {
      expect(starts[i] - starts[i - 1]).toBeLessThanOrEqual(patch / 2 + 1)
      expect(starts[i]).toBeGreaterThan(starts[i - 1])
    }
  })

  it('centres a scan smaller than the window', () => {
    expect(windowStarts(35, 40)).toEqual([-2])
    expect(windowStarts(1, 8)).toEqual([-3])
  })
})
