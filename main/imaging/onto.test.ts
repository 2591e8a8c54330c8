import { describe, expect, it } from 'vitest'
import type { Triple } from '../../shared/domain/geometry.ts'
import { apply, fromColumns } from './affine.ts'
import { makeGeometry } from './geometry.ts'
import { resampleOnto } from './onto.ts'

describe('onto another grid', () => {
  const at = (p: Triple) => 3 * p[0] - 2 * p[1] + 5 * p[2] + 7
  const source = makeGeometry([12, 10, 9], fromColumns([2, 0.2, 0], [-0.2, 2, 0], [0, 0, 3], [-10, -8, -12]))
  const samples = Float32Array.from({ length: 12 * 10 * 9 }, (_, n) =>
    at(apply(source.affine, [n % 12, Math.floor(n / 12) % 10, Math.floor(n / 120)])),
  )
  const volume = { geometry: source, channels: 1, type: 'float32' as const, samples }

  it('a field that is linear in the world stays what it is; itself is itself', () => {
    const grid = makeGeometry([8, 8, 8], fromColumns([1.5, 0, 0], [0, 1.1, 0.3], [0, -0.3, 1.1], [-5, -2, -6]))
    const { volume: got, covered } = resampleOnto(volume, grid)
    expect(covered).toBe(1)
    got.samples.forEach((v, n) =>
      expect(v).toBeCloseTo(at(apply(grid.affine, [n % 8, Math.floor(n / 8) % 8, Math.floor(n / 64)])), 3),
    )
    expect(resampleOnto(volume, source).volume.samples).toEqual(samples)
  })

  it('outside stands the least value, and the share that is covered is told', () => {
    const far = makeGeometry([4, 4, 4], fromColumns([1, 0, 0], [0, 1, 0], [0, 0, 1], [500, 0, 0]))
    const { volume: got, covered } = resampleOnto(volume, far)
    expect([covered, new Set(got.samples)]).toEqual([0, new Set([Math.min(...samples)])])
  })
})
