/** Shape-based interpolation between labelled slices (Raya & Udupa 1990, by signed distances). */
import { signedDistance } from './distance.ts'
import { planeAxes } from './polygon.ts'
import type { Triple } from './map.ts'

/**
 * Marks in a new mask, with `value`, what lies between the slices across `normal` that hold `value`: for each gap the
 * two slices' signed distances are mixed linearly, and what is negative is inside. Where the two shapes lie apart, each is
 * moved onto the way between their centres first, so that a slanted vessel stays one piece.
 * @returns the mask (map's size) and the number of slices that were filled
 */
export function fillBetween(
  samples: Uint8Array,
  shape: Triple,
  spacing: Triple,
  normal: 0 | 1 | 2,
  value: number,
): { mask: Uint8Array<ArrayBuffer>; slices: number } {
  const [u, v] = planeAxes(normal)
  const strides = [1, shape[0], shape[0] * shape[1]]
  const [width, height] = [shape[u], shape[v]]
  const mask = new Uint8Array(samples.length)
  const place = (slice: number, x: number, y: number) => slice * strides[normal] + x * strides[u] + y * strides[v]
  const cut = (slice: number): Uint8Array | null => {
    const inside = new Uint8Array(width * height)
    let any = false
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        if (samples[place(slice, x, y)] === value) {
          inside[y * width + x] = 1
          any = true
        }
    return any ? inside : null
  }
  let slices = 0
  let last: { at: number; inside: Uint8Array } | null = null
  for (let at = 0; at < shape[normal]; at++) {
    const inside = cut(at)
    if (!inside) continue
    if (last && at - last.at > 1) {
      const from = last.at
      const [first, second] = [last.inside, inside].map((one) => ({
        centre: centre(one, width),
        distance: signedDistance(one, width, height, spacing[u], spacing[v]),
      }))
      for (let slice = from + 1; slice < at; slice++) {
        const share = (slice - from) / (at - from)
        const cx = first.centre[0] + share * (second.centre[0] - first.centre[0])
        const cy = first.centre[1] + share * (second.centre[1] - first.centre[1])
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++) {
            const a = sample(first.distance, width, height, x + first.centre[0] - cx, y + first.centre[1] - cy)
            const b = sample(second.distance, width, height, x + second.centre[0] - cx, y + second.centre[1] - cy)
            if ((1 - share) * a + share * b < 0) mask[place(slice, x, y)] = value
          }
        slices++
      }
    }
    last = { at, inside }
  }
  return { mask, slices }
}

function centre(inside: Uint8Array, width: number): [number, number] {
  let [x, y, count] = [0, 0, 0]
  for (let n = 0; n < inside.length; n++) {
    if (!inside[n]) continue
    x += n % width
    y += Math.floor(n / width)
    count++
  }
  return [x / count, y / count]
}

/** Bilinear; outside the slice the nearest voxel of its edge. */
function sample(field: Float64Array, width: number, height: number, x: number, y: number): number {
  const cx = Math.min(width - 1, Math.max(0, x))
  const cy = Math.min(height - 1, Math.max(0, y))
  const [x0, y0] = [Math.floor(cx), Math.floor(cy)]
  const [x1, y1] = [Math.min(width - 1, x0 + 1), Math.min(height - 1, y0 + 1)]
  const [fx, fy] = [cx - x0, cy - y0]
  const top = field[y0 * width + x0] * (1 - fx) + field[y0 * width + x1] * fx
  const bottom = field[y1 * width + x0] * (1 - fx) + field[y1 * width + x1] * fx
  return top * (1 - fy) + bottom * fy
}
