/**
 * How many pieces a structure has. A network that has never been shown an arm may see a spinal cord in its marrow; but one that
 * learnt from a handful of scans in which the cord is one piece each time can be told to keep one. (nnU-Net keeps the largest
 * piece where that bettered its cross-validation; here it is read off the labels, since there are too few to measure it on.)
 */
import { pieces } from '../../shared/domain/pieces.ts'
import type { Triple } from '../../shared/domain/geometry.ts'
import { volumeOf, type Region } from '../imaging/register/grid.ts'
import { likeliest } from './classes.ts'
import { wholeOf, type PreparedCase } from './prepare.ts'

/** The knobs, in one place. */
export const pieceRules = {
  /** Labelled scans that must show a structure: one alone says nothing of the others. */
  leastScans: 2,
  /** What is a smaller share of its structure is a slip of the brush, and no piece. */
  leastShare: 0.05,
  /** A structure with more pieces than that is not counted. */
  most: 4,
  /**
   * Nor is one whose volumes' logarithms have a larger deviation: in organs it is about .4 (headneck-ct-openkbp: .26 to .46), in
   * tumours and other lesions about 1, and there a second one must not be dropped because the first scans showed one each.
   */
  deviation: 0.7,
}

/**
 * The pieces of each class, if it has as many in every case that shows it; else 0, as for the background. cases: labelled, with
 * classes in place of label values.
 */
export function countPieces(cases: readonly PreparedCase[], classes: number): number[] {
  const counts: number[][] = Array.from({ length: classes }, () => [])
  const volumes: number[][] = Array.from({ length: classes }, () => [])
  for (const one of cases) {
    const { label } = wholeOf(one)
    if (label === null) continue
    for (let k = 1; k < classes; k++) {
      const found = piecesOf(label, one.shape, k)
      if (found === null) continue
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

/**
 * Of each class that is counted keeps its largest pieces; the others become background, but barely so: what was left out shows as
 * uncertain. probabilities: x fastest, class slowest; changed in place.
 */
export function keepPieces(probabilities: Float32Array, shape: Triple, counts: readonly number[]): void {
  if (!counts.some((count) => count > 0)) return
  const voxels = volumeOf(shape)
  const own = likeliest(probabilities, counts.length)
  const background = probabilities.subarray(0, voxels)
  for (const [k, count] of counts.entries()) {
    const found = count > 0 ? piecesOf(own, shape, k) : null
    if (found === null || found.sizes.length - 1 <= count) continue
    const { of, sizes, region } = found
    const kept = new Set(largest(sizes, count))
    const share = probabilities.subarray(k * voxels, (k + 1) * voxels)
    eachVoxel(region, shape, (inRegion, voxel) => {
      if (of[inRegion] === 0 || kept.has(of[inRegion])) return
      const both = background[voxel] + share[voxel]
      background[voxel] = 0.55 * both
      share[voxel] = 0.45 * both
    })
  }
}

/** The largest of all pieces but that of 0. */
const largest = (sizes: readonly number[], count: number): number[] =>
  sizes
    .map((_, piece) => piece)
    .slice(1)
    .sort((a, b) => sizes[b] - sizes[a] || a - b)
    .slice(0, count)

/** Pieces of a class, in the box about it (joined at corners, too: thin structures run aslant); null where there is none. */
function piecesOf(classes: Uint8Array, shape: Triple, k: number) {
  const region = boxOf(classes, shape, (one) => one === k)
  if (region === null) return null
  const inside = new Uint8Array(volumeOf(region.size))
  eachVoxel(region, shape, (inRegion, voxel) => (inside[inRegion] = classes[voxel] === k ? 1 : 0))
  return { region, ...pieces(inside, region.size, 'corners') }
}

function eachVoxel({ low, size }: Region, [nx, ny]: Triple, visit: (inRegion: number, voxel: number) => void): void {
  let inRegion = 0
  for (let z = low[2]; z < low[2] + size[2]; z++) {
    for (let y = low[1]; y < low[1] + size[1]; y++) {
      const row = (z * ny + y) * nx + low[0]
      for (let x = 0; x < size[0]; x++) visit(inRegion++, row + x)
    }
  }
}

/** The smallest box about the labels that count; null where there is none. */
export function boxOf(labels: Uint8Array, [nx, ny, nz]: Triple, counts: (label: number) => boolean): Region | null {
  const low: Triple = [nx, ny, nz]
  const high: Triple = [-1, -1, -1]
  let at = 0
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        if (!counts(labels[at++])) continue
        if (x < low[0]) low[0] = x
        if (x > high[0]) high[0] = x
        if (y < low[1]) low[1] = y
        if (y > high[1]) high[1] = y
        if (z < low[2]) low[2] = z
        if (z > high[2]) high[2] = z
      }
    }
  }
  return high[0] < 0 ? null : { low, size: high.map((h, axis) => h - low[axis] + 1) as Triple }
}

/** Of a sample. */
function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, values.length - 1))
}
