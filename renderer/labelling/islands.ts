/** Connected pieces of a label, joined through faces; holes in it. */
import { pieces } from '../../shared/domain/pieces.ts'
import type { Triple } from './map.ts'

/** 1 where a map holds `value`. */
export const insideOf = (samples: Uint8Array, value: number): Uint8Array<ArrayBuffer> =>
  samples.map((one) => (one === value ? 1 : 0))

/** 1 for each voxel of `value` outside its largest piece. */
export function allButLargest(samples: Uint8Array, shape: Triple, value: number): Uint8Array<ArrayBuffer> {
  const { of, sizes } = pieces(insideOf(samples, value), shape)
  const largest = sizes.indexOf(Math.max(...sizes.slice(1)), 1)
  return Uint8Array.from(of, (piece) => (piece && piece !== largest ? 1 : 0))
}

/** 1 for each voxel of `value` in pieces of fewer than `voxels` voxels. */
export function smallPieces(
  samples: Uint8Array,
  shape: Triple,
  value: number,
  voxels: number,
): Uint8Array<ArrayBuffer> {
  const { of, sizes } = pieces(insideOf(samples, value), shape)
  return Uint8Array.from(of, (piece) => (piece && sizes[piece] < voxels ? 1 : 0))
}

/** 1 for each voxel that is not `value` and from which no way through faces leads to the scan's border. */
export function holes(samples: Uint8Array, shape: Triple, value: number): Uint8Array<ArrayBuffer> {
  const [nx, ny, nz] = shape
  const { of, sizes } = pieces(
    samples.map((one) => (one === value ? 0 : 1)),
    shape,
  )
  const open = new Uint8Array(sizes.length)
  // A scan of one slice is open only at the edges of that slice.
  const ends = (at: number, count: number) => count > 1 && (at === 0 || at === count - 1)
  for (let z = 0, n = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, n++) if (ends(x, nx) || ends(y, ny) || ends(z, nz)) open[of[n]] = 1
  return Uint8Array.from(of, (piece) => (piece && !open[piece] ? 1 : 0))
}
