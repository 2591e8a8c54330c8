/**
 * One scan's region brought onto another scan: affine, then a deformation, from coarse to fine. For carrying labels over, so
 * what matters is the neighbourhood of the labels, not the whole scan.
 */
import type { Affine, Triple } from '../../../shared/domain/geometry.ts'
import { apply, fromColumns, invert } from '../affine.ts'
import { refine, search } from './affine.ts'
import { demons, type Field } from './demons.ts'
import { volumeOf, widen, type Region } from '../region.ts'
import { crop, halve, sample, type Grid } from './grid.ts'

/** The knobs, in one place. */
export const registerRules = {
  /** Longest side of the region, voxels, on the coarsest grid. */
  coarsest: 12,
  /** What a region takes in around the labels, as a share of their longest side. */
  margin: 0.5,
  /** Rounds of demons, from the finest level to coarser ones. */
  rounds: [12, 40, 40],
  /** Regions with more voxels are looked at at every other voxel along each axis, for the affine map. */
  thinned: 30_000,
}

export interface Registration {
  /** On the target's grid: where the atlas's region lies. */
  region: Region
  /** From each voxel of the region to its place in the atlas: a shift in voxels, counted from the region's first voxel. */
  field: Field
}

/**
 * atlas, target: grey values in units of about one standard deviation; same spacing, the same along all axes. around: where
 * the atlas has labels. shift: about how far the target's structures lie from the atlas's, voxels; null: unknown, to be searched.
 */
export function register(atlas: Grid, around: Region, target: Grid, shift: Triple | null): Registration {
  const region = regionAround(around, atlas.shape)
  const levels = Math.max(0, Math.ceil(Math.log2(Math.max(...region.size) / registerRules.coarsest)))
  const atlases = pyramid(atlas, levels)
  const targets = pyramid(target, levels)
  const from = shift ?? search(atlases[levels], onLevel(region, levels, atlases[levels].shape), targets[levels], levels)
  let map = fromColumns([1, 0, 0], [0, 1, 0], [0, 0, 1], from)
  for (let level = levels; level >= 0; level--) {
    const part = onLevel(region, level, atlases[level].shape)
    const stride = volumeOf(part.size) > registerRules.thinned ? 2 : 1
    const better = (dof: 3 | 12, iterations: number) =>
      refine(atlases[level], part, targets[level], level, map, { iterations, dof, stride })
    if (level === levels) map = better(3, 10)
    map = better(12, level === levels ? 20 : 10)
  }
  const back = invert(map)
  const inTarget = imageOf(region, map, target.shape)
  let found: Deformation | null = null
  for (let level = Math.min(levels, registerRules.rounds.length - 1); level >= 0; level--) {
    const part = onLevel(inTarget, level, targets[level].shape)
    const start = fieldOn(part, back, level, found)
    found = { part, field: demons(crop(targets[level], part), atlases[level], start, registerRules.rounds[level]) }
  }
  return { region: found!.part, field: found!.field }
}

/** A field on a part of a level. */
interface Deformation {
  part: Region
  field: Field
}

/** A scan is registered with several others: it is halved once. */
const pyramids = new WeakMap<Grid, Grid[]>()

function pyramid(grid: Grid, levels: number): Grid[] {
  const result = pyramids.get(grid) ?? [grid]
  while (result.length <= levels) result.push(halve(result.at(-1)!))
  pyramids.set(grid, result)
  return result
}

/** What of an atlas is looked at, given where it has labels: some of their neighbourhood, too. */
export function regionAround(labels: Region, shape: Triple): Region {
  const margin = Math.ceil(registerRules.margin * Math.max(...labels.size))
  return widen(labels, [margin, margin, margin], shape)
}

const onLevel = ({ low, size }: Region, level: number, shape: Triple): Region => {
  const unit = 2 ** level
  const from = low.map((l, axis) => Math.min(shape[axis] - 1, Math.floor(l / unit))) as Triple
  const to = low.map((l, axis) => Math.min(shape[axis], Math.ceil((l + size[axis]) / unit)))
  return { low: from, size: to.map((t, axis) => Math.max(1, t - from[axis])) as Triple }
}

/** The box around a region's image, inside the other scan. */
function imageOf({ low, size }: Region, map: Affine, shape: Triple): Region {
  const corners = Array.from({ length: 8 }, (_, k) =>
    apply(map, low.map((l, axis) => l + ((k >> axis) & 1) * size[axis]) as Triple),
  )
  const from = shape.map((n, a) =>
    Math.max(0, Math.min(n - 1, Math.floor(Math.min(...corners.map((c) => c[a]))))),
  ) as Triple
  const to = shape.map((n, a) => Math.max(from[a] + 1, Math.min(n, Math.ceil(Math.max(...corners.map((c) => c[a]))))))
  return { low: from, size: to.map((t, axis) => t - from[axis]) as Triple }
}

/** The affine map as a field on a part of a level, and on top what the next coarser level's field differs from it by. */
function fieldOn(part: Region, map: Affine, level: number, coarser: Deformation | null): Field {
  const unit = 2 ** level
  const { low, size } = part
  const field = [0, 1, 2].map(() => new Float32Array(volumeOf(size))) as Field
  const more = coarser && beyond(coarser, map, level + 1)
  let at = 0
  for (let z = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      for (let x = 0; x < size[0]; x++, at++) {
        const here = [x, y, z]
        const corner = here.map((v, axis) => (v + low[axis] + 0.5) * unit) as Triple
        const to = apply(map, corner)
        for (let axis = 0; axis < 3; axis++) field[axis][at] = to[axis] / unit - 0.5 - here[axis]
        if (more === null) continue
        const [cx, cy, cz] = here.map((v, axis) => (v + low[axis] + 0.5) / 2 - 0.5 - coarser!.part.low[axis])
        for (let axis = 0; axis < 3; axis++) field[axis][at] += 2 * sample(more[axis], cx, cy, cz)
      }
    }
  }
  return field
}

/** What a field differs from the affine map by. */
function beyond({ part, field }: Deformation, map: Affine, level: number): Grid[] {
  const plain = fieldOn(part, map, level, null)
  return field.map((u, axis) => ({ shape: part.size, data: u.map((v, i) => v - plain[axis][i]) }))
}
