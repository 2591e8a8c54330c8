import { describe, expect, it } from 'vitest'
import type { Triple } from '../../shared/domain/geometry.ts'
import { cut, nonzeroRegion, paste, union, volumeOf, widen, type Region } from './region.ts'

const shape: Triple = [6, 5, 4]
const at = (x: number, y: number, z: number) => (z * 5 + y) * 6 + x
const region: Region = { low: [1, 2, 1], size: [3, 2, 3] }

describe('regions', () => {
  it('are cut out and put back where they were, zeros about them', () => {
    const whole = Uint8Array.from({ length: volumeOf(shape) }, (_, i) => i + 1)
    const part = cut(whole, shape, region)
    expect(part).toHaveLength(18)
    expect([part[0], part[17]]).toEqual([whole[at(1, 2, 1)], whole[at(3, 3, 3)]])
    const back = paste(part, region, shape)
    whole.forEach((value, i) => expect(back[i] === 0 || back[i] === value).toBe(true))
    expect(back.filter((v) => v > 0)).toEqual(part)
  })

  it.each([Float32Array, Int16Array])('lie about what is not zero, nor NaN, in any channel (%o)', (Samples) => {
    const samples = new Samples(2 * volumeOf(shape))
    expect(nonzeroRegion(samples, shape)).toBeNull()
    samples[at(4, 1, 2)] = -3
    expect(nonzeroRegion(samples, shape)).toEqual({ low: [4, 1, 2], size: [1, 1, 1] })
    // In the second channel.
    samples[volumeOf(shape) + at(2, 3, 0)] = 1
    expect(nonzeroRegion(samples, shape)).toEqual({ low: [2, 1, 0], size: [3, 3, 3] })
    if (Samples === Float32Array) samples[at(0, 0, 0)] = NaN
    expect(nonzeroRegion(samples, shape)).toEqual({ low: [2, 1, 0], size: [3, 3, 3] })
  })

  it('are widened as far as the volume goes', () => {
    expect(widen(region, [2, 0, 1], shape)).toEqual({ low: [0, 2, 0], size: [6, 2, 4] })
  })

  it('hold both in their union', () => {
    expect(union(region, { low: [0, 3, 3], size: [2, 2, 1] })).toEqual({ low: [0, 2, 1], size: [4, 3, 3] })
  })
})
