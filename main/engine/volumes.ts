/** Copies between dense values of the host and tensors in the arena; a volume has a halo of zeros there. */
import { count, type TensorSpec } from './tensor.ts'

type Placed = TensorSpec & { readonly offset: number }

/** Call `row` with the start of each row of W·C values: densely counted, and in the arena. */
function eachRow(
  { shape: [n, d, h, w, c], offset }: Placed,
  row: (dense: number, arena: number, size: number) => void,
) {
  const size = w * c
  let dense = 0
  for (let sample = 0; sample < n; sample++) {
    for (let z = 1; z <= d; z++) {
      for (let y = 1; y <= h; y++) {
        row(dense, offset + ((((sample * (d + 2) + z) * (h + 2) + y) * (w + 2) + 1) * c), size) // prettier-ignore
        dense += size
      }
    }
  }
}

/** Write dense values; of a volume only the inner voxels, its halo stays as it is (zero in a fresh arena). */
export function writeTensor(floats: Float32Array, tensor: Placed, values: Float32Array): void {
  if (tensor.kind !== 'volume') return floats.set(values, tensor.offset)
  eachRow(tensor, (dense, arena, size) => floats.set(values.subarray(dense, dense + size), arena))
}

/** A dense copy. */
export function readTensor(floats: Float32Array, tensor: Placed): Float32Array {
  const size = count(tensor.shape)
  if (tensor.kind !== 'volume') return floats.slice(tensor.offset, tensor.offset + size)
  const values = new Float32Array(size)
  eachRow(tensor, (dense, arena, length) => values.set(floats.subarray(arena, arena + length), dense))
  return values
}
