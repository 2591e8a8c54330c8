/** Areas that are drawn in a slice, for filling and for scissors: freehand, rectangle, circle. */
import { visitStroke } from './brush.ts'
import type { LabelMap, Rule, Triple } from './map.ts'
import { planeAxes, visitPolygon, visitRectangle } from './polygon.ts'

export const outlineKinds = ['freehand', 'rectangle', 'circle'] as const
export type OutlineKind = (typeof outlineKinds)[number]

/**
 * An area in the slice that `first` lies in, across `normal`. Places are continuous voxel indices. Freehand: what `path`
 * encloses; rectangle: `first` and `last` are its corners; circle: its middle and a point of its border, round in mm.
 */
export interface Outline {
  kind: OutlineKind
  normal: 0 | 1 | 2
  path: readonly Triple[]
  first: Triple
  last: Triple
}

/** The area as a mask of one slice: 1 inside; the lower of the two axes runs fastest. */
export function areaOf({ kind, normal, path, first, last }: Outline, shape: Triple, spacing: Triple): Uint8Array {
  const [u, v] = planeAxes(normal)
  // In a map that is one slice thick, an index is a place in the slice.
  const flat: [number, number, number] = [...shape]
  flat[normal] = 1
  const down = (place: Triple): Triple => {
    const at: [number, number, number] = [...place]
    at[normal] = 0
    return at
  }
  const area = new Uint8Array(shape[u] * shape[v])
  const visit = (index: number) => void (area[index] = 1)
  if (kind === 'freehand') visitPolygon(flat, normal, 0, path, visit)
  if (kind === 'rectangle') visitRectangle(flat, normal, 0, first, last, visit)
  if (kind === 'circle') {
    const radius = Math.hypot((last[u] - first[u]) * spacing[u], (last[v] - first[v]) * spacing[v])
    visitStroke(flat, spacing, down(first), down(first), radius, normal, visit)
  }
  return area
}

/** Points of the outline as it is drawn over the slice. */
export function borderOf({ kind, normal, path, first, last }: Outline, spacing: Triple): readonly Triple[] {
  if (kind === 'freehand') return path
  const [u, v] = planeAxes(normal)
  const place = (x: number, y: number): Triple => {
    const at: [number, number, number] = [...first]
    at[u] = x
    at[v] = y
    return at
  }
  if (kind === 'rectangle') return [first, place(first[u], last[v]), last, place(last[u], first[v])]
  const radius = Math.hypot((last[u] - first[u]) * spacing[u], (last[v] - first[v]) * spacing[v])
  return Array.from({ length: 72 }, (_, n) => {
    const angle = (n / 36) * Math.PI
    return place(first[u] + (radius * Math.cos(angle)) / spacing[u], first[v] + (radius * Math.sin(angle)) / spacing[v])
  })
}

/** Paints an area of slice `at`. */
export function fillArea(map: LabelMap, normal: 0 | 1 | 2, at: number, area: Uint8Array, rule: Rule): void {
  eachVoxel(map.shape, normal, [at, at], (index, place) => area[place] && map.paint(index, rule))
}

/**
 * Cuts: takes away what lies inside the area (or, `outside`, all else) from slice `from` to slice `to`, of the label
 * values for which `takes` is 1.
 */
export function cutArea(
  map: LabelMap,
  normal: 0 | 1 | 2,
  [from, to]: readonly [number, number],
  area: Uint8Array,
  outside: boolean,
  takes: Uint8Array,
): void {
  const gone = outside ? 0 : 1
  const { samples } = map
  eachVoxel(map.shape, normal, [from, to], (index, place) => {
    if (takes[samples[index]] && area[place] === gone) map.set(index, map.emptyAt(index))
  })
}

function eachVoxel(
  shape: Triple,
  normal: 0 | 1 | 2,
  [from, to]: readonly [number, number],
  visit: (index: number, place: number) => void,
): void {
  const [u, v] = planeAxes(normal)
  const strides = [1, shape[0], shape[0] * shape[1]]
  for (let slice = from; slice <= to; slice++)
    for (let y = 0, place = 0; y < shape[v]; y++) {
      let index = slice * strides[normal] + y * strides[v]
      for (let x = 0; x < shape[u]; x++, place++, index += strides[u]) visit(index, place)
    }
}
