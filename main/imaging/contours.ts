/** Outlines of what is marked on a slice, along the edges of its pixels, so that filling them gives the same pixels back. */

/** Corners [x, y] of pixels, one after the other, closed; pixel (x, y) spans from corner (x, y) to (x + 1, y + 1). */
export type Outline = [x: number, y: number][]

/**
 * One outline for each group of marked pixels that touch by their sides. Holes are joined to the outline around them by a
 * channel of no width (the "keyhole" of PS3.3 C.8.8.6.3), so that each outline alone says what is inside. Corners on a
 * straight line are left out. `mask`: columns × rows, x fastest; marked is what is not 0.
 */
export function outlines(mask: Uint8Array, columns: number, rows: number): Outline[] {
  const loops = edgeLoops(mask, columns, rows)
  const outer = loops.filter((loop) => signedArea(loop) > 0).map((loop) => ({ loop, area: signedArea(loop) }))
  const holesOf = new Map<Outline, Outline[]>()
  for (const hole of loops.filter((loop) => signedArea(loop) < 0)) {
    const point = inside(hole)
    // The smallest outline around a marked pixel beside the hole is that of its own group.
    const around = outer.filter(({ loop }) => encloses(loop, point)).sort((a, b) => a.area - b.area)[0]
    if (around) holesOf.set(around.loop, [...(holesOf.get(around.loop) ?? []), hole])
  }
  return outer.map(({ loop }) => straightened(joined(loop, holesOf.get(loop) ?? [])))
}

/** Directions of an edge, each a left turn from the one before: with x to the right and y up, marked pixels lie left. */
const steps = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const

/** The edges between marked and other pixels, as closed loops: counter-clockwise around groups, clockwise around holes. */
function edgeLoops(mask: Uint8Array, columns: number, rows: number): Outline[] {
  const across = columns + 1
  // For each corner, one bit for each direction in which an edge leaves it.
  const edges = new Uint8Array(across * (rows + 1))
  const marked = (x: number, y: number) => x >= 0 && y >= 0 && x < columns && y < rows && mask[x + columns * y] !== 0
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      if (mask[x + columns * y] === 0) continue
      if (!marked(x, y - 1)) edges[x + across * y] |= 1
      if (!marked(x + 1, y)) edges[x + 1 + across * y] |= 2
      if (!marked(x, y + 1)) edges[x + 1 + across * (y + 1)] |= 4
      if (!marked(x - 1, y)) edges[x + across * (y + 1)] |= 8
    }
  const loops: Outline[] = []
  for (let at = 0; at < edges.length; at++) while (edges[at] !== 0) loops.push(follow(edges, at, across))
  return loops
}

function follow(edges: Uint8Array, start: number, across: number): Outline {
  const loop: Outline = []
  let at = start
  let direction = [0, 1, 2, 3].find((d) => edges[at] & (1 << d))!
  do {
    loop.push([at % across, Math.floor(at / across)])
    edges[at] &= ~(1 << direction)
    at += steps[direction][0] + across * steps[direction][1]
    // Where two groups meet at a corner, a left turn stays with one of them.
    const next = [direction + 1, direction, direction + 3].map((d) => d % 4).find((d) => edges[at] & (1 << d))
    if (next === undefined) break
    direction = next
  } while (at !== start)
  return loop
}

function signedArea(loop: Outline): number {
  return loop.reduce((sum, [x, y], n) => {
    const [nx, ny] = loop[(n + 1) % loop.length]
    return sum + (x * ny - nx * y) / 2
  }, 0)
}

/** The centre of the marked pixel to the left of a loop's first edge. */
function inside([[x, y], [nx, ny]]: Outline): [number, number] {
  return [(x + nx) / 2 - (ny - y) / 2, (y + ny) / 2 + (nx - x) / 2]
}

/** Even-odd, for points at pixel centres. */
function encloses(loop: Outline, [px, py]: [number, number]): boolean {
  let odd = false
  for (const [n, [x, y]] of loop.entries()) {
    const [nx, ny] = loop[(n + 1) % loop.length]
    if (y <= py !== ny <= py && x > px && nx === x) odd = !odd
  }
  return odd
}

/** The outline with its holes: from each hole's leftmost corner straight to the left, until the outline is met. */
function joined(outline: Outline, holes: Outline[]): Outline {
  const leftmost = (hole: Outline) => hole.reduce((best, [x], n) => (x < hole[best][0] ? n : best), 0)
  const sorted = holes.map((hole) => ({ hole, from: leftmost(hole) })).sort((a, b) => a.hole[a.from][0] - b.hole[b.from][0]) // prettier-ignore
  let whole = outline
  for (const { hole, from } of sorted) {
    const [hx, hy] = hole[from]
    let best = -1
    let bestX = -Infinity
    for (const [n, [x, y]] of whole.entries()) {
      const [nx, ny] = whole[(n + 1) % whole.length]
      if (nx === x && x <= hx && x > bestX && Math.min(y, ny) <= hy && hy <= Math.max(y, ny)) [best, bestX] = [n, x]
    }
    if (best < 0) continue
    const there: Outline = [[bestX, hy], ...hole.slice(from), ...hole.slice(0, from + 1), [bestX, hy]]
    whole = [...whole.slice(0, best + 1), ...there, ...whole.slice(best + 1)]
  }
  return whole
}

/** Without repeated corners and without those on a straight line; a channel's turning points stay. */
function straightened(loop: Outline): Outline {
  const distinct = loop.filter(([x, y], n) => {
    const [px, py] = loop[(n + loop.length - 1) % loop.length]
    return x !== px || y !== py
  })
  return distinct.filter(([x, y], n) => {
    const [px, py] = distinct[(n + distinct.length - 1) % distinct.length]
    const [nx, ny] = distinct[(n + 1) % distinct.length]
    return Math.sign(x - px) !== Math.sign(nx - x) || Math.sign(y - py) !== Math.sign(ny - y)
  })
}
