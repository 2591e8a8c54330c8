/** Cubes (or single slices) seen through a turn and a zoom about their centre. */

/** Rows of a matrix that takes places of the result (from its centre, voxels) to places of the source. */
export type Matrix3 = readonly (readonly [number, number, number])[]

export const identity: Matrix3 = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
]

/** The identity with one axis multiplied by a factor. */
export const stretched = (axis: number, factor: number): Matrix3 =>
  identity.map((row, i) => row.map((value) => (i === axis ? value * factor : value)) as [number, number, number])

/** a after b: a·b. */
export const compose = (a: Matrix3, b: Matrix3): Matrix3 =>
  a.map((row) => [0, 1, 2].map((j) => row[0] * b[0][j] + row[1] * b[1][j] + row[2] * b[2][j])) as unknown as Matrix3

/** Turns about x, y and z (degrees), then `scale` (above 1 shows more of the source, smaller). */
export function turnAndScale(degrees: readonly number[], scale: number): Matrix3 {
  const [x, y, z] = degrees.map((d) => (d * Math.PI) / 180)
  const [cx, sx, cy, sy, cz, sz] = [x, y, z].flatMap((t) => [Math.cos(t), Math.sin(t)])
  const turn = [
    [cy * cz, -cy * sz, sy],
    [cx * sz + sx * sy * cz, cx * cz - sx * sy * sz, -sx * cy],
    [sx * sz - cx * sy * cz, sx * cz + cx * sy * sz, cx * cy],
  ]
  return turn.map((row) => row.map((value) => value * scale) as [number, number, number])
}

/** Places this near to a voxel are that voxel: a quarter turn stays exact although the cosine of 90° is not quite 0. */
const exact = 1e-6

/**
 * A cube of `size` voxels [x, y, z] with `channels` values each (channels fastest, then x, y, z), read through a matrix about its
 * centre, moved by `shift` (voxels of the result), with trilinear interpolation; 0 outside. Returns a new cube.
 */
export function warpCube(
  source: Float32Array,
  size: readonly [number, number, number],
  channels: number,
  matrix: Matrix3,
  shift: readonly number[] = [0, 0, 0],
): Float32Array {
  const result = new Float32Array(source.length)
  const half = size.map((n) => (n - 1) / 2)
  const stride = [channels, channels * size[0], channels * size[0] * size[1]]
  const low = [0, 0, 0]
  const part = [0, 0, 0]
  let to = 0
  for (let z = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      for (let x = 0; x < size[0]; x++, to += channels) {
        for (let axis = 0; axis < 3; axis++) {
          const row = matrix[axis]
          const at =
            half[axis] +
            row[0] * (x - half[0] + shift[0]) +
            row[1] * (y - half[1] + shift[1]) +
            row[2] * (z - half[2] + shift[2])
          low[axis] = Math.floor(at + exact)
          part[axis] = Math.max(0, at - low[axis])
          if (part[axis] < exact) part[axis] = 0
        }
        for (let corner = 0; corner < 8; corner++) {
          let weight = 1
          let from = 0
          for (let axis = 0; axis < 3; axis++) {
            const upper = (corner >> axis) & 1
            const place = low[axis] + upper
            weight *= place < 0 || place >= size[axis] ? 0 : upper ? part[axis] : 1 - part[axis]
            from += place * stride[axis]
          }
          if (weight !== 0) for (let c = 0; c < channels; c++) result[to + c] += weight * source[from + c]
        }
      }
    }
  }
  return result
}
