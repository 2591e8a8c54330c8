import { describe, expect, it } from 'vitest'
import type { Triple } from '../../shared/domain/geometry.ts'
import { resampleLabels, resampleProbabilities, resampleSamples } from './resample.ts'
import { seeded } from './testing.ts'

function fill(shape: Triple, value: (x: number, y: number, z: number) => number): Float32Array {
  const out = new Float32Array(shape[0] * shape[1] * shape[2])
  for (let z = 0; z < shape[2]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[0]; x++) out[x + shape[0] * (y + shape[1] * z)] = value(x, y, z)
  return out
}

describe('intensities', () => {
  it('a linear ramp stays that ramp, to finer and coarser grids alike, with the outer faces where they were', () => {
    const from: Triple = [30, 20, 9]
    const ramp = (x: number, y: number, z: number) => 3 * x - 2 * y + 5 * z
    for (const shape of [
      [60, 40, 27],
      [11, 7, 5],
      [45, 9, 9],
    ] as Triple[]) {
      const got = resampleSamples(fill(from, ramp), from, shape)
      const at = (n: number, axis: number) => ((n + 0.5) * from[axis]) / shape[axis] - 0.5
      const wanted = fill(shape, (x, y, z) => ramp(at(x, 0), at(y, 1), at(z, 2)))
      let worst = 0
      for (let z = 1; z < shape[2] - 1; z++)
        for (let y = 3; y < shape[1] - 3; y++)
          for (let x = 3; x < shape[0] - 3; x++) {
            const n = x + shape[0] * (y + shape[1] * z)
            worst = Math.max(worst, Math.abs(got[n] - wanted[n]))
          }
      expect(worst).toBeLessThan(1e-3)
    }
  })
  it('halving a grid is the mean of two neighbours', () => {
    expect([...resampleSamples(Float32Array.of(0, 0, 8, 0, 2, 4), [6, 1, 1], [3, 1, 1])]).toEqual([0, 4, 3])
    expect([...resampleSamples(Float32Array.of(4, 8), [2, 1, 1], [1, 1, 1])]).toEqual([6])
  })
  it('doubling puts new centres a quarter to either side, and holds the ends', () => {
    expect([...resampleSamples(Float32Array.of(0, 4), [2, 1, 1], [4, 1, 1])]).toEqual([0, 1, 3, 4])
  })
  it('mirrors with the image', () => {
    const random = seeded(3)
    const line = Float32Array.from({ length: 17 }, random)
    for (const to of [5, 8, 16, 18, 40]) {
      const forth = resampleSamples(line, [17, 1, 1], [to, 1, 1])
      const back = resampleSamples(line.toReversed(), [17, 1, 1], [to, 1, 1]).toReversed()
      forth.forEach((v, n) => expect(v).toBeCloseTo(back[n], 5))
    }
  })
  it('treats each channel alone, and every type', () => {
    const samples = Int16Array.from([1, 3, -10, -30])
    expect([...resampleSamples(samples, [2, 1, 1], [4, 1, 1], 2)]).toEqual([1, 1.5, 2.5, 3, -10, -15, -25, -30])
  })
  it('leaves what needs no change, in a copy', () => {
    const samples = Float32Array.of(1, 2)
    const same = resampleSamples(samples, [2, 1, 1], [2, 1, 1])
    expect(same).toEqual(samples)
    expect(same).not.toBe(samples)
  })
})

describe('labels', () => {
  const shape: Triple = [24, 20, 10]
  const ball = (x: number, y: number, z: number) => Math.hypot((x - 11.5) * 1, (y - 9.5) * 1, (z - 4.5) * 2) < 8
  const labels = Uint8Array.from(fill(shape, (x, y, z) => (ball(x, y, z) ? (x < 12 ? 1 : 7) : y < 2 ? 255 : 0)))

  it('are the same from one-hot maps by the strongest class', () => {
    const values = [0, 1, 7, 255]
    for (const to of [
      [48, 20, 31],
      [12, 13, 10],
      [17, 40, 4],
    ] as Triple[]) {
      const result = resampleLabels(labels, shape, to)
      const shares = values.map((value) =>
        resampleSamples(
          Float32Array.from(labels, (l) => (l === value ? 1 : 0)),
          shape,
          to,
        ),
      )
      let wrong = 0
      result.forEach((value, n) => {
        const strongest = Math.max(...shares.map((share) => share[n]))
        if (shares[values.indexOf(value)][n] < strongest - 1e-5) wrong++
      })
      expect(wrong).toBe(0)
    }
  })
  it('come back nearly whole from a finer grid', () => {
    const back = resampleLabels(resampleLabels(labels, shape, [48, 40, 30]), [48, 40, 30], shape)
    expect(back.filter((v, n) => v !== labels[n]).length).toBeLessThan(labels.length * 0.01)
  })
  it('of many kinds cost about as much as of few', () => {
    const random = seeded(5)
    const many = Uint8Array.from(
      { length: 48 ** 3 },
      (_, n) => 1 + (Math.floor(n / 48 ** 2 / 2) % 37) + (random() < 0 ? 1 : 0),
    )
    expect(new Set(resampleLabels(many, [48, 48, 48], [60, 60, 60])).size).toBe(24)
  })
})

describe('probabilities', () => {
  it('the strongest class after interpolation, whatever the shapes', () => {
    const random = seeded(9)
    const from: Triple = [7, 9, 6]
    for (const to of [
      [14, 20, 11],
      [7, 9, 6],
      [4, 13, 3],
    ] as Triple[]) {
      const maps = Float32Array.from({ length: 7 * 9 * 6 * 3 }, random)
      const shares = [0, 1, 2].map((c) => resampleSamples(maps.subarray(c * 378, (c + 1) * 378), from, to))
      const wrong = resampleProbabilities(maps, from, to, 3).filter(
        (c, n) => shares[c][n] < Math.max(...shares.map((s) => s[n])) - 1e-5,
      )
      expect(wrong.length).toBe(0)
    }
  })
  it('refuses maps of another size', () => {
    expect(() => resampleProbabilities(new Float32Array(10), [2, 2, 2], [4, 4, 4], 2)).toThrow(RangeError)
  })
})

describe('predictive entropy', () => {
  it('is 0 where one class is certain, 255 where all are alike, and between them in the middle', () => {
    const sure = [1, 0, 0]
    const torn = [1 / 3, 1 / 3, 1 / 3]
    const maps = Float32Array.from([0, 1, 2].flatMap((c) => [sure[c], torn[c]]))
    const entropy = new Uint8Array(3)
    resampleProbabilities(maps, [2, 1, 1], [3, 1, 1], 3, entropy)
    const p = [2 / 3, 1 / 6, 1 / 6]
    const between = -p.reduce((sum, one) => sum + one * Math.log(one), 0) / Math.log(3)
    expect([...entropy]).toEqual([0, Math.round(255 * between), 255])
  })
})
