/** Cubes seen through a turn and a zoom about their centre. */

export type Matrix3 = readonly (readonly [number, number, number])[]

/** Matrix from result to source: turns about x, y and z in turn (degrees), then `scale` (above 1 shows more: smaller). */
export function turnAndScale(degrees: readonly number[], scale: number | readonly number[]): Matrix3 {
  const [x, y, z] = degrees.map((d) => (d * Math.PI) / 180)
  const [cx, sx, cy, sy, cz, sz] = [x, y, z].flatMap((t) => [Math.cos(t), Math.sin(t)])
  const turn = [
    [cy * cz, -cy * sz, sy],
    [cx * sz + sx * sy * cz, cx * cz - sx * sy * sz, -sx * cy],
    [sx * sz - cx * sy * cz, sx * cz + cx * sy * sz, cx * cy],
  ]
  const by = typeof scale === 'number' ? [scale, scale, scale] : scale
  return turn.map((row) => row.map((value, j) => value * by[j]) as [number, number, number])
}

/**
 * A cube of side³ voxels with `channels` values each (channels fastest, then x, y, z), read through a matrix about its
 * centre with trilinear interpolation; 0 outside. Returns a new cube.
 */
export function warpCube(source: Float32Array, side: number, channels: number, matrix: Matrix3): Float32Array {
  const result = new Float32Array(source.length)
  const half = (side - 1) / 2
  const stride = [channels, channels * side, channels * side * side]
  let to = 0
  for (let z = 0; z < side; z++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++, to += channels) {
        const at = matrix.map((row) => half + row[0] * (x - half) + row[1] * (y - half) + row[2] * (z - half))
        const low = at.map(Math.floor)
        for (let corner = 0; corner < 8; corner++) {
          let weight = 1
          let from = 0
          for (let axis = 0; axis < 3; axis++) {
            const upper = (corner >> axis) & 1
            const place = low[axis] + upper
            weight *= upper ? at[axis] - low[axis] : 1 - at[axis] + low[axis]
            if (place < 0 || place >= side) weight = 0
            from += place * stride[axis]
          }
          if (weight > 0) for (let c = 0; c < channels; c++) result[to + c] += weight * source[from + c]
        }
      }
    }
  }
  return result
}
