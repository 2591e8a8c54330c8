/** Which input samples each output sample of one axis is made of, and by which weights. */
export type Taps = {
  /** Number of input samples that each output sample uses. */
  count: number
  /** For each output sample the first input sample; first + count never passes the end. */
  first: Int32Array
  /** `count` weights for each output sample; they sum to 1. */
  weights: Float32Array
}

/**
 * Linear interpolation of `from` samples at `to` places over the same extent: the outer faces of the first and last voxel
 * stay where they are (not their centres), so output o lies at input (o + ½) · from / to − ½. Beyond the centres of the
 * first and last voxel their values hold.
 *
 * Where the grid becomes coarser by a ratio r, the interpolated line is averaged over r − 1 voxels about that place, so
 * that no input voxel is skipped (and its noise kept): 2 to 1 is the mean of two, r = 1 the identity, and a straight ramp
 * stays exactly itself.
 */
export function linearTaps(from: number, to: number): Taps {
  const ratio = from / to
  const width = Math.max(0, ratio - 1)
  const count = Math.min(from, width === 0 ? 2 : Math.ceil(width) + 2)
  const first = new Int32Array(to)
  const weights = new Float32Array(to * count)
  for (let o = 0; o < to; o++) {
    const centre = (o + 0.5) * ratio - 0.5
    const [low, high] = [centre - width / 2, centre + width / 2]
    first[o] = Math.min(from - count, Math.max(0, Math.floor(low)))
    for (let n = Math.floor(low); n <= Math.ceil(high); n++) {
      const weight = width === 0 ? Math.max(0, 1 - Math.abs(centre - n)) : (area(high - n) - area(low - n)) / width
      const inside = Math.min(from - 1, Math.max(0, n))
      if (weight > 0) weights[o * count + inside - first[o]] += weight
    }
  }
  return { count, first, weights }
}

/** Area under the triangle 1 − |t| up to t. */
function area(t: number): number {
  if (t <= -1) return 0
  if (t >= 1) return 1
  return t < 0 ? (t + 1) ** 2 / 2 : 1 - (1 - t) ** 2 / 2
}

/**
 * One axis of an array resampled: `input` is [outer, from, inner] (inner fastest) and `output` becomes [outer, to, inner].
 * `output` may be longer than needed.
 */
export function applyTaps(
  taps: Taps,
  input: Float32Array,
  output: Float32Array,
  from: number,
  inner: number,
  outer: number,
): void {
  const { count, first, weights } = taps
  const to = first.length
  for (let block = 0; block < outer; block++)
    for (let o = 0; o < to; o++) {
      const at = (block * to + o) * inner
      const source = (block * from + first[o]) * inner
      if (count === 2) {
        const [a, b] = [weights[o * 2], weights[o * 2 + 1]]
        for (let n = 0; n < inner; n++) output[at + n] = a * input[source + n] + b * input[source + inner + n]
        continue
      }
      output.fill(0, at, at + inner)
      for (let tap = 0; tap < count; tap++) {
        const weight = weights[o * count + tap]
        if (weight === 0) continue
        const row = source + tap * inner
        for (let n = 0; n < inner; n++) output[at + n] += weight * input[row + n]
      }
    }
}
