/** Outlines of a label in a slice, as closed loops along voxel edges. */
import type { Slice } from './planes.ts'

/** A closed loop of corners [x0, y0, x1, y1, …] in voxel-edge units: voxel (x, y) spans [x, x+1] × [y, y+1]. */
export type Loop = number[]

/**
 * Loops around every region of `value`. Along a loop the region is on the left-hand side (y grows upwards), so outer
 * borders run anticlockwise and holes clockwise; filling by the even-odd rule gives exactly the region. Voxels that
 * touch at a corner only are separate.
 */
export function traceLoops(slice: Slice, value: number): Loop[] {
  const { width, height, samples } = slice
  const inside = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && samples[y * width + x] === value
  const corners = width + 1
  // Directed voxel edges by the corner they start from. A corner has at most two.
  const starts = new Map<number, number[]>()
  const add = (x0: number, y0: number, x1: number, y1: number) => {
    const from = y0 * corners + x0
    const to = y1 * corners + x1
    const list = starts.get(from)
    if (list) list.push(to)
    else starts.set(from, [to])
  }
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (samples[y * width + x] !== value) continue
      if (!inside(x, y - 1)) add(x, y, x + 1, y)
      if (!inside(x + 1, y)) add(x + 1, y, x + 1, y + 1)
      if (!inside(x, y + 1)) add(x + 1, y + 1, x, y + 1)
      if (!inside(x - 1, y)) add(x, y + 1, x, y)
    }
  const loops: Loop[] = []
  for (const [first, list] of starts) {
    while (list.length) {
      const loop: Loop = []
      let at = first
      let came = 0
      do {
        loop.push(at % corners, Math.floor(at / corners))
        const next = leftmost(starts.get(at)!, at, came, corners)
        came = next - at
        at = next
      } while (at !== first)
      loops.push(loop)
    }
  }
  return loops
}

/** Takes an edge out of `list`; where two leave, the one that turns left keeps corner-touching voxels apart. */
function leftmost(list: number[], at: number, came: number, corners: number): number {
  if (list.length === 1) return list.pop()!
  const left = at + turnLeft(came, corners)
  const index = list.indexOf(left)
  return list.splice(Math.max(0, index), 1)[0]
}

/** Steps between corners are ±1 (x) and ±corners (y); y grows upwards. */
function turnLeft(step: number, corners: number): number {
  if (step === 1) return corners
  if (step === corners) return -1
  if (step === -1) return -corners
  return 1
}

/** The part of a path that `roundedPath` needs; Path2D has it. */
export interface PathSink {
  moveTo(x: number, y: number): void
  quadraticCurveTo(cx: number, cy: number, x: number, y: number): void
  closePath(): void
}

/**
 * Draws a loop through the middles of its edges, bending at the corners: straight borders stay on the voxel edge, steps
 * become soft, and nothing moves by more than a quarter of a voxel's diagonal.
 * @param place maps voxel-edge units to the canvas
 */
export function roundedPath(
  loop: Loop,
  sink: PathSink,
  place: (x: number, y: number) => readonly [number, number],
): void {
  const count = loop.length / 2
  const corner = (n: number) => place(loop[(n % count) * 2], loop[(n % count) * 2 + 1])
  const middle = (n: number): [number, number] => {
    const [a, b] = [corner(n), corner(n + 1)]
    return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]
  }
  sink.moveTo(...middle(0))
  for (let n = 1; n <= count; n++) sink.quadraticCurveTo(...corner(n), ...middle(n))
  sink.closePath()
}
