/** Exact Euclidean distances in a slice or a volume (Felzenszwalb & Huttenlocher 2012, "Distance transforms of sampled functions"). */
import type { Triple } from './map.ts'

const far = 1e20

/**
 * Squared distance in mm² from each voxel of a slice (`width` × `height`, x fastest, voxels `dx` × `dy` mm) to the nearest
 * voxel for which `inside` is 1; 1e20 where there is none.
 */
export function squaredDistance(
  inside: Uint8Array,
  width: number,
  height: number,
  dx: number,
  dy: number,
): Float64Array {
  const field = Float64Array.from(inside, (one) => (one ? 0 : far))
  const longest = Math.max(width, height)
  const line = new Float64Array(longest)
  const vertex = new Int32Array(longest)
  const bound = new Float64Array(longest + 1)
  for (let x = 0; x < width; x++) pass(field, x, width, height, dy, line, vertex, bound)
  for (let y = 0; y < height; y++) pass(field, y * width, 1, width, dx, line, vertex, bound)
  return field
}

/** The same in a volume (x fastest): squared distance in mm² from each voxel to the nearest one that is inside. */
export function squaredDistance3(inside: Uint8Array, shape: Triple, spacing: Triple): Float64Array {
  const field = Float64Array.from(inside, (one) => (one ? 0 : far))
  const longest = Math.max(...shape)
  const line = new Float64Array(longest)
  const vertex = new Int32Array(longest)
  const bound = new Float64Array(longest + 1)
  const strides = [1, shape[0], shape[0] * shape[1]]
  for (const axis of [0, 1, 2]) {
    const [u, v] = [0, 1, 2].filter((other) => other !== axis)
    for (let q = 0; q < shape[v]; q++)
      for (let p = 0; p < shape[u]; p++)
        pass(field, p * strides[u] + q * strides[v], strides[axis], shape[axis], spacing[axis], line, vertex, bound)
  }
  return field
}

/** One line of the transform: the lower envelope of parabolas. */
function pass(
  field: Float64Array,
  start: number,
  stride: number,
  length: number,
  spacing: number,
  line: Float64Array,
  vertex: Int32Array,
  bound: Float64Array,
): void {
  const square = spacing * spacing
  for (let n = 0; n < length; n++) line[n] = field[start + n * stride]
  let last = 0
  vertex[0] = 0
  bound[0] = -Infinity
  bound[1] = Infinity
  const meet = (q: number, p: number) => (line[q] - line[p] + square * (q * q - p * p)) / (2 * square * (q - p))
  for (let q = 1; q < length; q++) {
    let at = meet(q, vertex[last])
    while (at <= bound[last]) at = meet(q, vertex[--last])
    vertex[++last] = q
    bound[last] = at
    bound[last + 1] = Infinity
  }
  for (let q = 0, n = 0; q < length; q++) {
    while (bound[n + 1] < q) n++
    field[start + q * stride] = Math.min(far, square * (q - vertex[n]) ** 2 + line[vertex[n]])
  }
}

/** Signed distance in mm to the border of a shape: negative inside. The border runs half a voxel between the two sides. */
export function signedDistance(
  inside: Uint8Array,
  width: number,
  height: number,
  dx: number,
  dy: number,
): Float64Array {
  const outer = squaredDistance(inside, width, height, dx, dy)
  const inner = squaredDistance(
    inside.map((one) => (one ? 0 : 1)),
    width,
    height,
    dx,
    dy,
  )
  const half = Math.min(dx, dy) / 2
  return outer.map((square, n) => (inside[n] ? half - Math.sqrt(inner[n]) : Math.sqrt(square) - half))
}
