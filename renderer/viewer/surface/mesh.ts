/**
 * The surface of a label as triangles: surface nets (Gibson 1998). Each cell of eight samples that the surface goes through
 * holds one vertex; vertices are relaxed towards their neighbours but stay in their cell, so that the staircase of voxels
 * goes and thin structures stay.
 */
import type { Index3 } from '../planes.ts'

export interface Mesh {
  value: number
  /** x, y, z in mm (RAS, from the middle of voxel 0), three numbers a vertex. */
  places: Float32Array
  /** Unit normals, outwards. */
  normals: Float32Array
  /** Four vertices each, going round. */
  quads: Uint32Array
}

/** A box of voxels: first and last index on each axis, both included. */
export interface Box {
  low: Index3
  high: Index3
}

/** A label is thinned out until no side of its box has more samples: what a pane shows needs no more. */
const mostSamples = 112
const rounds = 10
/** How far a vertex may go from the middle of its cell, in cells. */
const reach = 0.75

/** Boxes around each label of a map, by value; 0 and 255 (unknown) are no labels. */
export function boxesOf(map: Uint8Array, shape: Index3): Map<number, Box> {
  const [nx, ny, nz] = shape
  const boxes: (Box | undefined)[] = []
  for (let z = 0, n = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, n++) {
        const value = map[n]
        if (value === 0 || value === 255) continue
        const box = (boxes[value] ??= { low: [x, y, z], high: [x, y, z] })
        if (x < box.low[0]) box.low[0] = x
        if (x > box.high[0]) box.high[0] = x
        if (y < box.low[1]) box.low[1] = y
        if (y > box.high[1]) box.high[1] = y
        box.high[2] = z
      }
  const found = new Map<number, Box>()
  boxes.forEach((box, value) => box && found.set(value, box))
  return found
}

/** @param map of `shape`, x fastest; spacing in mm; `box` as `boxesOf` has it for `value`. */
export function meshOf(map: Uint8Array, shape: Index3, spacing: Index3, value: number, box: Box): Mesh {
  const samples = sampleBox(map, shape, value, box)
  const net = netOf(samples.inside, samples.size)
  relax(net)
  const { step } = samples
  const places = new Float32Array(net.places.length)
  // Sample s of the thinned grid, padded by one, stands for voxels low + (s − 1)·step … and their middle.
  for (let n = 0; n < places.length; n++) {
    const axis = n % 3
    places[n] = (box.low[axis] + (net.places[n] - 1) * step + (step - 1) / 2) * spacing[axis]
  }
  return { value, places, normals: normalsOf(places, net.quads), quads: net.quads }
}

interface Samples {
  /** 1 inside, with a border of 0 all around; x fastest. */
  inside: Uint8Array
  size: Index3
  /** Voxels that one sample stands for, on each axis. */
  step: number
}

function sampleBox(map: Uint8Array, shape: Index3, value: number, { low, high }: Box): Samples {
  const extent = [0, 1, 2].map((a) => high[a] - low[a] + 1)
  const step = Math.max(1, Math.ceil(Math.max(...extent) / mostSamples))
  const size = extent.map((n) => Math.ceil(n / step) + 2) as Index3
  const counts = new Uint16Array(size[0] * size[1] * size[2])
  for (let z = low[2]; z <= high[2]; z++)
    for (let y = low[1]; y <= high[1]; y++) {
      const row = shape[0] * (y + shape[1] * z)
      const to = size[0] * (Math.floor((y - low[1]) / step) + 1 + size[1] * (Math.floor((z - low[2]) / step) + 1))
      for (let x = low[0]; x <= high[0]; x++)
        if (map[row + x] === value) counts[to + Math.floor((x - low[0]) / step) + 1]++
    }
  // A quarter full counts as inside: what is thin must not vanish by being thinned out.
  const least = Math.max(1, step ** 3 / 4)
  return { inside: Uint8Array.from(counts, (count) => (count >= least ? 1 : 0)), size, step }
}

interface Net {
  /** In samples. */
  places: Float32Array
  middles: Float32Array
  quads: Uint32Array
}

function netOf(inside: Uint8Array, [nx, ny, nz]: Index3): Net {
  const steps = [1, nx, nx * ny]
  const [sx, sy, sz] = steps
  const corners = [0, sx, sy, sx + sy, sz, sx + sz, sy + sz, sx + sy + sz]
  const vertexOf = new Int32Array(inside.length).fill(-1)
  const middles: number[] = []
  for (let z = 0; z < nz - 1; z++)
    for (let y = 0; y < ny - 1; y++)
      for (let x = 0; x < nx - 1; x++) {
        const cell = x + nx * (y + ny * z)
        let count = 0
        for (const corner of corners) count += inside[cell + corner]
        if (count === 0 || count === 8) continue
        vertexOf[cell] = middles.length / 3
        middles.push(x + 0.5, y + 0.5, z + 0.5)
      }
  const quads: number[] = []
  for (let z = 0; z < nz - 1; z++)
    for (let y = 0; y < ny - 1; y++)
      for (let x = 0; x < nx - 1; x++) {
        const at = x + nx * (y + ny * z)
        for (let axis = 0; axis < 3; axis++) {
          const here = inside[at]
          if (here === inside[at + steps[axis]]) continue
          // The four cells around this edge; the border of zeros keeps them inside the grid.
          const u = steps[(axis + 1) % 3]
          const v = steps[(axis + 2) % 3]
          const round = [vertexOf[at], vertexOf[at - u], vertexOf[at - u - v], vertexOf[at - v]]
          quads.push(...(here ? round : round.reverse()))
        }
      }
  const places = Float32Array.from(middles)
  return { places, middles: places.slice(), quads: Uint32Array.from(quads) }
}

/** Moves each vertex to the mean of its neighbours, again and again, but never far from the middle of its cell. */
function relax({ places, middles, quads }: Net): void {
  const sums = new Float32Array(places.length)
  const counts = new Uint16Array(places.length / 3)
  for (let round = 0; round < rounds; round++) {
    sums.fill(0)
    counts.fill(0)
    for (let q = 0; q < quads.length; q += 4)
      for (let n = 0; n < 4; n++) {
        const a = quads[q + n]
        const b = quads[q + ((n + 1) & 3)]
        for (let axis = 0; axis < 3; axis++) {
          sums[3 * a + axis] += places[3 * b + axis]
          sums[3 * b + axis] += places[3 * a + axis]
        }
        counts[a]++
        counts[b]++
      }
    for (let n = 0; n < places.length; n++) {
      const wanted = sums[n] / counts[Math.floor(n / 3)]
      places[n] = Math.min(middles[n] + reach, Math.max(middles[n] - reach, wanted))
    }
  }
}

/** Normals by the quads' diagonals, weighted by area. */
function normalsOf(places: Float32Array, quads: Uint32Array): Float32Array {
  const normals = new Float32Array(places.length)
  for (let q = 0; q < quads.length; q += 4) {
    const [a, b, c, d] = [3 * quads[q], 3 * quads[q + 1], 3 * quads[q + 2], 3 * quads[q + 3]]
    const [ux, uy, uz] = [places[c] - places[a], places[c + 1] - places[a + 1], places[c + 2] - places[a + 2]]
    const [vx, vy, vz] = [places[d] - places[b], places[d + 1] - places[b + 1], places[d + 2] - places[b + 2]]
    const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx]
    for (const at of [a, b, c, d]) {
      normals[at] += nx
      normals[at + 1] += ny
      normals[at + 2] += nz
    }
  }
  for (let at = 0; at < normals.length; at += 3) {
    const length = Math.hypot(normals[at], normals[at + 1], normals[at + 2]) || 1
    normals[at] /= length
    normals[at + 1] /= length
    normals[at + 2] /= length
  }
  return normals
}
