import { describe, expect, it } from 'vitest'
import { percentiles } from './intensity.ts'
import { seeded } from './testing.ts'

describe('percentiles', () => {
  it('are linear between ranks, in any order of input, counted or sorted', () => {
    for (const Type of [Int16Array, Uint8Array, Uint16Array, Float32Array, Int32Array])
      expect(percentiles(Type.of(40, 10, 30, 20), [0, 50, 100, 25])).toEqual([10, 25, 40, 17.5])
    expect(percentiles(Int16Array.of(-32768, 32767), [0, 100])).toEqual([-32768, 32767])
    expect(percentiles(Uint16Array.of(65535, 0), [0, 100])).toEqual([0, 65535])
  })
  it('know nothing of nothing', () => {
    expect(percentiles(new Int16Array(0), [50])).toEqual([NaN])
  })
  it('of millions of samples are close to the exact ones', () => {
    const random = seeded(4)
    const samples = Float32Array.from({ length: 3_000_000 }, random)
    percentiles(samples, [0.5, 50, 99.5]).forEach((v, n) => expect(v).toBeCloseTo([0.005, 0.5, 0.995][n], 2))
  })
})
