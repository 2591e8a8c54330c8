import { describe, expect, it } from 'vitest'
import { hashStream, random, restoreRandom } from './random.ts'

const draws = (n: number, draw: () => number) => Array.from({ length: n }, draw)

describe('random', () => {
  it('follows xoshiro128** (state 1, 2, 3, 4 gives 11520, 0, 5927040, 70819200)', () => {
    // First outputs computed by hand from the published recurrence: rotl(5·s1, 7)·9.
    const r = restoreRandom({ words: [1, 2, 3, 4], spare: null })
    expect(draws(4, () => r.float() * 4294967296)).toEqual([11520, 0, 5927040, 70819200])
  })

  it('gives the same numbers for the same seed and names, and others for other names', () => {
    const a = random(7, 'patches', 3)
    const b = random(7, 'patches', 3)
    expect(draws(20, a.float)).toEqual(draws(20, b.float))
    const first = (...names: (string | number)[]) => random(7, ...names).float()
    const all = [first(), first('a'), first('b'), first('a', 'b'), first('ab'), first('1'), first(1), random(8).float()]
    expect(new Set(all).size).toBe(all.length)
  })

  it('is uniform: mean, variance, chi-square over 16 bins', () => {
    const r = random(1, 'uniform')
    const n = 64000
    const bins = new Array<number>(16).fill(0)
    let sum = 0
    for (let i = 0; i < n; i++) {
      const x = r.float()
      expect(x >= 0 && x < 1).toBe(true)
      sum += x
      bins[Math.floor(x * 16)]++
    }
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n))
    const chi = bins.reduce((s, k) => s + (k - n / 16) ** 2 / (n / 16), 0)
    expect(chi).toBeLessThan(37.7) // 15 degrees of freedom, p = 0.001
  })

  it('draws whole numbers of every value and refuses bad limits', () => {
    const r = random(2)
    expect(new Set(draws(500, () => r.integer(7)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]))
    expect(r.integer(1)).toBe(0)
    expect(() => r.integer(0)).toThrow(RangeError)
    expect(() => r.integer(1.5)).toThrow(RangeError)
  })

  it('draws normal deviates', () => {
    const r = random(3)
    const x = draws(40000, r.normal)
    const mean = x.reduce((s, v) => s + v, 0) / x.length
    const variance = x.reduce((s, v) => s + (v - mean) ** 2, 0) / x.length
    expect(Math.abs(mean)).toBeLessThan(0.02)
    expect(Math.abs(variance - 1)).toBeLessThan(0.03)
    expect(x.filter((v) => Math.abs(v) < 1).length / x.length).toBeCloseTo(0.6827, 1)
  })

  it('shuffles without losing anything; pick refuses an empty array', () => {
    const r = random(4)
    const shuffled = r.shuffle([1, 2, 3, 4, 5, 6, 7, 8])
    expect([...shuffled].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(() => r.pick([])).toThrow('at least one')
  })

  it('continues from its state, a spare normal deviate included', () => {
    const r = random(5, 'resume')
    r.normal()
    const copy = restoreRandom(JSON.parse(JSON.stringify(r.state())))
    expect([r.normal(), r.normal(), r.float(), r.integer(9)]).toEqual([
      copy.normal(),
      copy.normal(),
      copy.float(),
      copy.integer(9),
    ])
  })

  it('hashes streams to the same number everywhere', () => {
    expect(hashStream(1, ['a'])).toBe(hashStream(1, ['a']))
    expect(hashStream(1, ['a'])).not.toBe(hashStream(2, ['a']))
  })
})
