import { expect, it } from 'vitest'
import type { Permutation, Triple } from '../../../shared/domain/geometry.ts'
import { permuteSamples } from '../canonical.ts'
import { isStraight, place, placementOf, slicesTogether } from './placement.ts'

const shape: Triple = [70, 35, 40]
const plane = shape[0] * shape[1]
/** Two channels. */
const stored = Int16Array.from({ length: 2 * plane * shape[2] }, (_, n) => (n * 7919) % 65521)

const axes: Triple[] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] // prettier-ignore
const permutations = axes.flatMap((order) =>
  Array.from({ length: 8 }, (_, n): Permutation => ({ axes: order, flips: [n % 2 > 0, n % 4 > 1, n > 3] })),
)

it('slices placed one by one, or several at a time, make what reordering the whole volume makes', () => {
  expect(permutations.filter((permutation) => isStraight(placementOf(shape, permutation)))).toHaveLength(1)
  for (const permutation of permutations) {
    const expected = permuteSamples(stored, shape, permutation)
    const placement = placementOf(shape, permutation)
    expect(slicesTogether(placement)).toBe(permutation.axes[0] === 2 ? 32 : 1)
    for (const together of [1, 16]) {
      const [out, pitch] = [new Int16Array(stored.length), plane + 3]
      for (let n = 0; n < 2 * shape[2];) {
        const count = Math.min(together, shape[2] - (n % shape[2]))
        const block = new Int16Array(count * pitch)
        for (let s = 0; s < count; s++) block.set(stored.subarray((n + s) * plane, (n + s + 1) * plane), s * pitch)
        place(block, pitch, placement, n, count, out)
        n += count
      }
      expect(Buffer.compare(Buffer.from(out.buffer), Buffer.from(expected.buffer)), JSON.stringify(permutation)).toBe(0)
    }
  }
})
