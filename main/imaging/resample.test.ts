import { describe, expect, it } from 'vitest'
import type { Triple } from '../../shared/domain/geometry.ts'
import { resampleLabels, resampleProbabilities, resampleSamples } from './resample.ts'

const fill = (shape: Triple, value: (x: number, y: number, z: number) => number) =>
  Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) =>
    value(i % shape[0], Math.floor(i / shape[0]) % shape[1], Math.floor(i / (shape[0] * shape[1]))),
  )

describe('resampling', () => {
  it('to the same grid changes nothing', () => {
    const shape: Triple = [4, 3, 5]
    const samples = fill(shape, (x, y, z) => x * 7 + y * 3 - z)
    expect(resampleSamples(samples, shape, shape)).toEqual(samples)
  })

  it('keeps a linear image in place: voxel centres, corners of the volume aligned', () => {
    const from: Triple = [12, 10, 8]
    const to: Triple = [24, 5, 11]
    const mm = (i: number, n: number) => (i + 0.5) / n
    const result = resampleSamples(
      fill(from, (x, y, z) => 100 * mm(x, 12) + 10 * mm(y, 10) + mm(z, 8)),
      from,
      to,
    )
    for (let z = 1; z < 10; z++)
      for (let y = 0; y < 5; y++)
        for (let x = 1; x < 23; x++)
          expect(result[x + 24 * (y + 5 * z)]).toBeCloseTo(100 * mm(x, 24) + 10 * mm(y, 5) + mm(z, 11), 3)
  })

  it('invents no label between two labels, and comes back the same after doubling', () => {
    const from: Triple = [6, 4, 4]
    const labels = Uint8Array.from(fill(from, (x) => (x < 2 ? 0 : x < 4 ? 1 : 3)))
    const fine = resampleLabels(labels, from, [12, 8, 8])
    expect(new Set(fine)).toEqual(new Set([0, 1, 3]))
    expect(resampleLabels(fine, [12, 8, 8], from)).toEqual(labels)
  })

  it('gives the likeliest class', () => {
    const p = new Float32Array([0.6, 0.2, 0.3, 0.3, 0.1, 0.5])
    expect([...resampleProbabilities(p, [2, 1, 1], [2, 1, 1], 3)]).toEqual([0, 2])
    expect([...resampleProbabilities(p, [2, 1, 1], [4, 1, 1], 3)]).toEqual([0, 0, 2, 2])
  })
})
