import { describe, expect, it } from 'vitest'
import { apply } from './affine.ts'
import { cropVolume, moments, nonZeroBox, percentiles, uncropSamples } from './intensity.ts'
import { obliqueAffine, ramp, seeded } from './testing.ts'

describe('percentiles', () => {
  it('are linear between ranks, in any order of input', () => {
    expect(percentiles(Int16Array.of(40, 10, 30, 20), [0, 50, 100, 25])).toEqual([10, 25, 40, 17.5])
  })
  it('respect a mask, and know nothing of nothing', () => {
    expect(percentiles(Float32Array.of(1, 2, 300), [100], Uint8Array.of(1, 1, 0))).toEqual([2])
    expect(percentiles(Float32Array.of(1), [50], Uint8Array.of(0))).toEqual([NaN])
  })
  it('of millions of samples are close to the exact ones', () => {
    const random = seeded(4)
    const samples = Float32Array.from({ length: 3_000_000 }, random)
    percentiles(samples, [0.5, 50, 99.5]).forEach((v, n) => expect(v).toBeCloseTo([0.005, 0.5, 0.995][n], 2))
  })
})

it('moments, whole and masked', () => {
  expect(moments(Int16Array.of(2, 4, 4, 4, 5, 5, 7, 9))).toEqual({ count: 8, mean: 5, deviation: 2, least: 2, most: 9 })
  expect(moments(Int16Array.of(1, 100), Uint8Array.of(1, 0))).toMatchObject({ count: 1, mean: 1, deviation: 0 })
  expect(moments(new Int16Array(0)).mean).toBeNaN()
})

describe('the box of what is not zero', () => {
  const volume = ramp([6, 5, 4], obliqueAffine([1, 2, 3], [7, 8, 9], 0.3, 0.2), 'int16', 2)
  volume.samples.fill(0)
  volume.samples[1 + 6 * (2 + 5 * 1)] = 5
  volume.samples[4 + 6 * (3 + 5 * (2 + 4 * 1))] = 7
  const box = nonZeroBox(volume.samples, [6, 5, 4])!
  it('holds every channel', () => {
    expect(box).toEqual({ start: [1, 2, 1], size: [4, 2, 2] })
    expect(nonZeroBox(new Int16Array(8), [2, 2, 2])).toBeUndefined()
  })
  it('cropped keeps places in the world, and goes back exactly', () => {
    const cropped = cropVolume(volume, box)
    apply(cropped.geometry.affine, [3, 1, 1]).forEach((v, n) =>
      expect(v).toBeCloseTo(apply(volume.geometry.affine, [4, 3, 2])[n]),
    )
    expect(cropped.samples[3 + 4 * (1 + 2 * (1 + 2))]).toBe(7)
    expect(uncropSamples(cropped.samples, [6, 5, 4], box, 2)).toEqual(volume.samples)
  })
})
