/**
 * How many pieces a structure has. A network that has never been shown an arm may see a spinal cord in its marrow; but one that
 * learnt from a handful of scans in which the cord is one piece each time can be told to keep one. (nnU-Net keeps the largest
 * piece where that bettered its cross-validation; here it is read off the labels, since there are too few to measure it on.)
 */
import { pieces } from '../../shared/domain/pieces.ts'
import type { Triple } from '../../shared/domain/geometry.ts'
import type { Plan } from '../../shared/domain/plan.ts'
import type { Label, PieceCount } from '../../shared/domain/records.ts'
import { boxesOf, eachRow, middleOf, volumeOf, type Region } from '../imaging/region.ts'
import { likeliest } from './classes.ts'
import { distance, inMm, minus, originIn, type Places } from './places.ts'
import { labelledInFull, type PreparedCase } from './prepare.ts'

/** The knobs, in one place. */
export const pieceRules = {
  /** Labelled scans that must show a structure: one alone says nothing of the others. */
  leastScans: 2,
  /** What is a smaller share of its structure is a slip of the brush, and no piece. */
  leastShare: 0.05,
  /** A structure with more pieces than that is not counted. */
  most: 4,
  /**
   * Nor is one whose volumes' logarithms have a larger deviation, as those of lesions do (organs of headneck-ct-openkbp: .26 to
   * .46): there a second one must not be dropped because the first scans showed one each.
   */
  deviation: 0.7,
  /**
   * Of two pieces the smaller one is kept if it has so much of the voxels of the larger at least, and lies so many times nearer
   * to where the other structures say that it should.
   */
  rival: 0.5,
  nearer: 3,
}

/**
 * The pieces of each class, if it has as many in every case that shows it; else 0, as for the background. cases: labelled, with
 * classes in place of label values; those with voxels of unknown label say nothing, since further pieces may lie there.
 */
export function countPieces(cases: readonly PreparedCase[], classes: number): number[] {
  const counts: number[][] = Array.from({ length: classes }, () => [])
  const volumes: number[][] = Array.from({ length: classes }, () => [])
  for (const { label, shape } of labelledInFull(cases)) {
    for (const [k, region] of classBoxes(label, shape, classes).entries()) {
      if (k === 0 || region === null) continue
      const found = piecesOf(label, shape, k, region)
      const all = found.sizes.reduce((sum, size) => sum + size, 0)
      counts[k].push(found.sizes.filter((size) => size >= pieceRules.leastShare * all).length)
      volumes[k].push(all)
    }
  }
  return counts.map((seen, k) => {
    const same = seen.length >= pieceRules.leastScans && seen.every((count) => count === seen[0])
    return same && seen[0] <= pieceRules.most && deviation(volumes[k].map(Math.log)) <= pieceRules.deviation
      ? seen[0]
      : 0
  })
}

/** Where structures lie to each other, and the spacing of the grid in mm. */
export interface Layout {
  places: Places
  spacing: Triple
}

export const layoutOf = ({ plan, places }: { plan: Pick<Plan, 'spacing'>; places?: Places }): Layout | null =>
  places ? { places, spacing: plan.spacing } : null

type Pieces = ReturnType<typeof pieces>

/** What a model knows of its structures' pieces. */
export interface Counted {
  /** Label value of each class, background first. */
  values: readonly number[]
  /** With what the person wishes. */
  labels: readonly Pick<Label, 'value' | 'name' | 'pieces'>[]
  /** As countPieces makes them. */
  pieces?: readonly number[]
}

/** How many pieces of a structure are kept: as is wished; where nothing is, as they were counted. 0: all. */
export const keptOf = (wish: Label['pieces'], counted = 0): number =>
  wish === undefined ? counted : { one: 1, all: 0 }[wish]

/** The same of each class. */
export const keptPieces = ({ values, labels, pieces = [] }: Counted): number[] =>
  values.map((value, k) => keptOf(labels.find((label) => label.value === value)?.pieces, pieces[k]))

/** The structures that were counted, by their names. */
export const namedPieces = ({ values, labels, pieces = [] }: Counted): PieceCount[] =>
  labels.flatMap(({ value, name }) => {
    const count = pieces[values.indexOf(value)] ?? 0
    return count > 0 ? [{ value, name, count }] : []
  })

/**
 * Of each class that is counted keeps its largest pieces; where it is one alone, and a layout is given, the one that lies where
 * it should. The others become background, but barely so: what was left out shows as uncertain. probabilities: x fastest, class
 * slowest; changed in place.
 */
export function keepPieces(
  probabilities: Float32Array,
  shape: Triple,
  counts: readonly number[],
  layout: Layout | null = null,
): void {
  if (!counts.some((count) => count > 0)) return
  const voxels = volumeOf(shape)
  const own = likeliest(probabilities, counts.length)
  const background = probabilities.subarray(0, voxels)
  const boxes = classBoxes(own, shape, counts.length)
  for (const [k, region] of boxes.entries()) {
    const count = counts[k]
    if (count === 0 || region === null) continue
    const found = piecesOf(own, shape, k, region)
    const { of, sizes } = found
    if (sizes.length - 1 <= count) continue
    const first = largest(sizes, count)
    const seen = { own, shape, boxes }
    const kept = new Set(count === 1 && layout ? [inPlace(k, found, first[0], seen, layout)] : first)
    const share = probabilities.subarray(k * voxels, (k + 1) * voxels)
    eachVoxel(region, shape, (inRegion, voxel) => {
      if (of[inRegion] === 0 || kept.has(of[inRegion])) return
      const both = background[voxel] + share[voxel]
      background[voxel] = 0.55 * both
      share[voxel] = 0.45 * both
    })
  }
}

/** The piece of a class that lies where the other structures say it should, if it is much nearer there than the `first`; else that. */
function inPlace(
  k: number,
  found: Pieces,
  first: number,
  { own, shape, boxes }: { own: Uint8Array; shape: Triple; boxes: readonly (Region | null)[] },
  { places, spacing }: Layout,
): number {
  const place = places[k]
  const rivals = found.sizes
    .map((_, piece) => piece)
    .filter((piece) => piece > 0 && found.sizes[piece] >= pieceRules.rival * found.sizes[first])
  if (rivals.length < 2 || !place) return first
  const origin = originIn(
    boxes.map((box, other) => (box && other > 0 ? largestCentre(own, shape, other, box, spacing) : null)),
    places,
  )
  if (origin === null) return first
  const off = (piece: number) => distance(minus(centreOf(found, piece, boxes[k]!, spacing), origin), place)
  const nearest = rivals.reduce((a, b) => (off(b) < off(a) ? b : a))
  return off(nearest) * pieceRules.nearer < off(first) ? nearest : first
}

/** Of a piece, in mm. */
function centreOf({ of }: Pieces, piece: number, { low, size }: Region, spacing: Triple): Triple {
  const inRegion = middleOf(of, size, (one) => one === piece)!
  return inMm(inRegion.map((v, axis) => v + low[axis]) as Triple, spacing)
}

function largestCentre(labels: Uint8Array, shape: Triple, k: number, region: Region, spacing: Triple): Triple {
  const found = piecesOf(labels, shape, k, region)
  return centreOf(found, largest(found.sizes, 1)[0], region, spacing)
}

/** The largest of all pieces but that of 0. */
const largest = (sizes: readonly number[], count: number): number[] =>
  sizes
    .map((_, piece) => piece)
    .slice(1)
    .sort((a, b) => sizes[b] - sizes[a] || a - b)
    .slice(0, count)

const classBoxes = (labels: Uint8Array, shape: Triple, classes: number) =>
  boxesOf(labels, shape, classes, (label) => (label < classes ? label : -1))

/** Pieces of a class, in the box about it. Joined at corners, too: thin structures run aslant. */
function piecesOf(labels: Uint8Array, shape: Triple, k: number, region: Region) {
  const inside = new Uint8Array(volumeOf(region.size))
  eachVoxel(region, shape, (inRegion, voxel) => (inside[inRegion] = labels[voxel] === k ? 1 : 0))
  return pieces(inside, region.size, 'corners')
}

function eachVoxel(region: Region, shape: Triple, visit: (inRegion: number, voxel: number) => void): void {
  eachRow(shape, region, (voxel, inRegion, length) => {
    for (let x = 0; x < length; x++) visit(inRegion + x, voxel + x)
  })
}

/** Of a sample. */
function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, values.length - 1))
}
