/** Growing and shrinking a label by a margin. */
import { squaredDistance3 } from './distance.ts'
import type { Triple } from './map.ts'

/**
 * The shape (1 inside) with all voxels whose centres are within `amount` mm of one of its own; below zero, without those
 * whose centres are within `-amount` mm of one outside. The scan's border is no outside: a label that is cut off there
 * stays so.
 */
export function margin(inside: Uint8Array, shape: Triple, spacing: Triple, amount: number): Uint8Array<ArrayBuffer> {
  const most = amount * amount * (1 + 1e-9)
  if (amount >= 0)
    return Uint8Array.from(squaredDistance3(inside, shape, spacing), (square) => (square <= most ? 1 : 0))
  const outside = inside.map((one) => (one ? 0 : 1))
  return Uint8Array.from(squaredDistance3(outside, shape, spacing), (square) => (square > most ? 1 : 0))
}
