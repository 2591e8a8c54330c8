/**
 * Draws meshes without a graphics card: each triangle into a buffer of depths and one of colours. Some ten thousand
 * triangles take some milliseconds; it runs in a worker all the same.
 */
import type { Mesh } from './mesh.ts'
import type { Turn } from './turn.ts'

export interface Frame {
  width: number
  height: number
  /** RGBA as little-endian words; 0 where there is nothing. */
  colors: Uint32Array<ArrayBuffer>
  /** Towards the reader, in mm from the middle; −Infinity where there is nothing. */
  depths: Float32Array<ArrayBuffer>
}

/** What is seen, and how large. */
export interface Aim {
  turn: Turn
  /** The place in mm that stands in the middle of the picture. */
  middle: readonly [number, number, number]
  pixelsPerMm: number
}

export const newFrame = (width: number, height: number): Frame => ({
  width,
  height,
  colors: new Uint32Array(width * height),
  depths: new Float32Array(width * height).fill(-Infinity),
})

/** Light comes over the reader's left shoulder. */
const light = normalized([-0.35, 0.5, 0.8])
const ambient = 0.28

/** @param color [red, green, blue], 0..255 */
export function drawMesh(frame: Frame, mesh: Mesh, color: readonly number[], aim: Aim): void {
  const { turn, middle, pixelsPerMm } = aim
  const count = mesh.places.length / 3
  // Screen place, depth and brightness of each vertex.
  const points = new Float32Array(4 * count)
  for (let n = 0; n < count; n++) {
    const [x, y, z] = [0, 1, 2].map((a) => mesh.places[3 * n + a] - middle[a])
    const [u, v, w] = [mesh.normals[3 * n], mesh.normals[3 * n + 1], mesh.normals[3 * n + 2]]
    points[4 * n] = frame.width / 2 + pixelsPerMm * (turn[0] * x + turn[1] * y + turn[2] * z)
    points[4 * n + 1] = frame.height / 2 - pixelsPerMm * (turn[3] * x + turn[4] * y + turn[5] * z)
    points[4 * n + 2] = turn[6] * x + turn[7] * y + turn[8] * z
    const facing = turn[6] * u + turn[7] * v + turn[8] * w
    const lit =
      light[0] * (turn[0] * u + turn[1] * v + turn[2] * w) +
      light[1] * (turn[3] * u + turn[4] * v + turn[5] * w) +
      light[2] * facing
    points[4 * n + 3] = ambient + (1 - ambient) * Math.max(0, lit) + 0.12 * Math.max(0, facing) ** 8
  }
  for (let q = 0; q < mesh.quads.length; q += 4) {
    const [a, b, c, d] = [mesh.quads[q], mesh.quads[q + 1], mesh.quads[q + 2], mesh.quads[q + 3]]
    fill(frame, points, a, b, c, color)
    fill(frame, points, a, c, d, color)
  }
}

function fill(frame: Frame, points: Float32Array, a: number, b: number, c: number, color: readonly number[]): void {
  const [ax, ay, bx, by] = [points[4 * a], points[4 * a + 1], points[4 * b], points[4 * b + 1]]
  const [cx, cy] = [points[4 * c], points[4 * c + 1]]
  // On screen y grows downwards: what faces the reader goes clockwise there.
  const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
  if (area >= 0) return
  const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5))
  const right = Math.min(frame.width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5))
  const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5))
  const bottom = Math.min(frame.height - 1, Math.floor(Math.max(ay, by, cy) - 0.5))
  const [az, bz, cz] = [points[4 * a + 2], points[4 * b + 2], points[4 * c + 2]]
  const [as, bs, cs] = [points[4 * a + 3], points[4 * b + 3], points[4 * c + 3]]
  for (let y = top; y <= bottom; y++)
    for (let x = left; x <= right; x++) {
      const [px, py] = [x + 0.5, y + 0.5]
      const wa = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area
      const wb = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area
      const wc = 1 - wa - wb
      if (wa < 0 || wb < 0 || wc < 0) continue
      const depth = wa * az + wb * bz + wc * cz
      const at = y * frame.width + x
      if (depth <= frame.depths[at]) continue
      frame.depths[at] = depth
      const bright = wa * as + wb * bs + wc * cs
      const red = Math.min(255, color[0] * bright)
      const green = Math.min(255, color[1] * bright)
      const blue = Math.min(255, color[2] * bright)
      frame.colors[at] = 0xff000000 | (blue << 16) | (green << 8) | red
    }
}

/** The place in mm that a pixel of the frame shows; null where there is nothing. */
export function placeAt(frame: Frame, aim: Aim, x: number, y: number): [number, number, number] | null {
  const [column, row] = [Math.floor(x), Math.floor(y)]
  if (column < 0 || row < 0 || column >= frame.width || row >= frame.height) return null
  const depth = frame.depths[row * frame.width + column]
  if (depth === -Infinity) return null
  const right = (x - frame.width / 2) / aim.pixelsPerMm
  const up = (frame.height / 2 - y) / aim.pixelsPerMm
  const { turn, middle } = aim
  return [0, 1, 2].map((a) => middle[a] + right * turn[a] + up * turn[3 + a] + depth * turn[6 + a]) as [
    number,
    number,
    number,
  ]
}

function normalized(vector: number[]): number[] {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}
