/**
 * Labels carried over from labelled scans to one without (atlas propagation; Heckemann et al., NeuroImage 2006): each
 * labelled scan is registered onto it, structure by structure (a neck bends), and their labels vote, each the more the better
 * the two scans agree about the voxel. A network's probabilities are then averaged with the votes, as far as both agree about a
 * structure: registration knows what a person made of such a place, the network how structures look, and they err differently.
 */
import { warp } from '../imaging/register/demons.ts'
import { boxOf, middleOf, volumeOf, type Region } from '../imaging/region.ts'
import { crop, smooth, type Grid } from '../imaging/register/grid.ts'
import { register, regionAround } from '../imaging/register/register.ts'
import { resampleLabels, resampleSamples } from '../imaging/resample.ts'
import type { Triple } from '../../shared/domain/geometry.ts'
import { isPlanar, type Plan } from '../../shared/domain/plan.ts'
import { random } from '../../shared/domain/random.ts'
import { likeliest } from './classes.ts'
import type { Host } from './host.ts'
import { dice } from './metrics.ts'
import { unknownLabel } from './patch.ts'
import { wholeOf, type PreparedCase } from './prepare.ts'

/** The knobs, in one place. */
export const propagationRules = {
  /** Most voxels of the grid on which scans are registered. */
  voxels: 1_000_000,
  /** Most labelled scans that vote. */
  atlases: 5,
  /** Added to the squared difference by whose inverse a vote counts, so that no single one rules. Grey values have a deviation of about 1. */
  noise: 0.02,
  /** Structures are registered one by one where that looks at so many times as many voxels as all at once, at most. */
  dearer: 3,
  /** Share of the votes beside the network's opinion, where their Dice for a structure is `agreement` or more; less below. */
  share: 0.5,
  agreement: 0.5,
  /** Windows of prediction that take as long as a registration of as many voxels (hippocampus-msd, two cores: 0.33 s and 0.038 s). */
  windowsPerRegistration: 9,
}

/** Where some labels lie in an atlas. */
interface Part {
  counts(label: number): boolean
  around: Region
  centre: Triple
}

interface Atlas extends Part {
  grid: Grid
  /** Of each class that it has; only one, of all classes, where those are so many that they would cost too much. */
  parts: Part[]
  /** A class for each voxel of the grid, or unknown. */
  label: Uint8Array
}

export interface Propagation {
  /** Labelled scans that vote. */
  atlases: number
  /** Windows of prediction that take about as long as labelling one scan, beside predicting it. */
  windows: number
  /** Averages what the network thinks of a scan (on the plan's grid, class slowest) with the votes, in place. */
  join(prepared: PreparedCase, probabilities: Float32Array, host: Host): Promise<void>
  /** The votes as probabilities, of a scan of which no network knows where its structures lie. */
  alone(prepared: PreparedCase, host: Host): Promise<Float32Array>
}

/**
 * cases: labelled, on the plan's grid. extents: of all scans that may come, voxels of the plan's grid. classes counts the
 * background. null where nothing can be carried over: no case labelled in full
 * that shows anything, or a network of slices.
 */
export function openPropagation(
  plan: Plan,
  cases: readonly PreparedCase[],
  extents: readonly Triple[],
  classes: number,
  seed: number,
): Propagation | null {
  if (isPlanar(plan)) return null
  const spacing = spacingFor(plan, [...extents, ...cases.map((c) => c.shape)])
  const atlases: Atlas[] = []
  for (const one of random(seed, 'atlases').shuffle([...cases])) {
    if (atlases.length === propagationRules.atlases) break
    const atlas = makeAtlas(one, plan, spacing)
    if (atlas) atlases.push(atlas)
  }
  if (atlases.length === 0) return null
  const registered = atlases.reduce((sum, { parts, grid }) => sum + registeredBy(parts, grid.shape), 0)
  return {
    atlases: atlases.length,
    windows: Math.ceil((propagationRules.windowsPerRegistration * registered) / volumeOf(plan.patch)),
    async join(prepared, probabilities, host) {
      const own = likeliest(probabilities, classes)
      if (middleOf(own, prepared.shape, isLabelled) !== null)
        fuse(own, probabilities, await votesFor(prepared, own, host), classes)
    },
    async alone(prepared, host) {
      const first = await votesFor(prepared, null, host)
      const voxels = volumeOf(prepared.shape)
      const probabilities = new Float32Array(classes * voxels)
      for (let k = 0; k < classes; k++) probabilities.set(first(k), k * voxels)
      return probabilities
    },
  }

  /**
   * found: what the scan's structures are taken for, on the plan's grid; null: unknown, so the atlases are registered as a whole
   * first. Of the votes, the share of a class.
   */
  async function votesFor(prepared: PreparedCase, found: Uint8Array | null, host: Host) {
    const target = onGrid(plan, spacing, prepared.shape, imageOf(prepared))
    const onTarget = found && resampleLabels(found, prepared.shape, target.shape)
    const votes = new Votes(target.shape, classes)
    for (const atlas of atlases) {
      const guess = onTarget ?? roughly(atlas, target)
      const all = middleOf(guess, target.shape, isLabelled)
      for (const part of atlas.parts) {
        const own = middleOf(guess, target.shape, part.counts)
        const shift = own ? between(own, part.centre) : all && between(all, atlas.centre)
        if (shift) votes.add(atlas, part, target, shift)
        await host.breathe()
      }
    }
    const shares = votes.shares()
    return (k: number) => resampleSamples(shares[k], target.shape, prepared.shape)
  }

  function roughly(atlas: Atlas, target: Grid): Uint8Array {
    const votes = new Votes(target.shape, classes)
    votes.add(atlas, atlas, target, null)
    return votes.strongest()
  }
}

const between = (to: Triple, from: Triple): Triple => to.map((c, axis) => c - from[axis]) as Triple

/** Spacing in mm, the same along all axes: that of the plan's finest axis, or coarser where a scan is too large for that. */
function spacingFor(plan: Plan, shapes: readonly Triple[]): number {
  const [x, y, z] = plan.spacing
  const largest = Math.max(...shapes.map((shape) => volumeOf(shape) * x * y * z))
  return Math.max(Math.min(x, y, z), Math.cbrt(largest / propagationRules.voxels))
}

const imageOf = (prepared: PreparedCase): Float32Array => wholeOf(prepared).image.subarray(0, volumeOf(prepared.shape))

function onGrid(plan: Plan, spacing: number, from: Triple, values: Float32Array): Grid {
  const shape = from.map((n, axis) => Math.max(1, Math.round((n * plan.spacing[axis]) / spacing))) as Triple
  return { shape, data: resampleSamples(values, from, shape) }
}

function makeAtlas(from: PreparedCase, plan: Plan, spacing: number): Atlas | null {
  const { image, label } = wholeOf(from)
  // One labelled in part would carry over that structures end where its labelled slices do.
  if (label === null || label.includes(unknownLabel)) return null
  const grid = onGrid(plan, spacing, from.shape, image.slice(0, volumeOf(from.shape)))
  const onIt = resampleLabels(label.slice(0, volumeOf(from.shape)), from.shape, grid.shape)
  const whole = partOf(onIt, grid.shape, isLabelled)
  if (whole === null) return null
  const parts = [...new Set(onIt)].filter(isLabelled).flatMap((k) => partOf(onIt, grid.shape, (l) => l === k) ?? [])
  const tooMany = registeredBy(parts, grid.shape) > propagationRules.dearer * registeredBy([whole], grid.shape)
  return { grid, ...whole, parts: tooMany ? [whole] : parts, label: onIt }
}

function partOf(labels: Uint8Array, shape: Triple, counts: Part['counts']): Part | null {
  const centre = middleOf(labels, shape, counts)
  const around = boxOf(labels, shape, counts)
  return centre && around && { counts, centre, around }
}

/** Voxels that registering some parts looks at. */
const registeredBy = (parts: readonly Part[], shape: Triple): number =>
  parts.reduce((sum, { around }) => sum + volumeOf(regionAround(around, shape).size), 0)

const isLabelled = (label: number): boolean => label !== 0 && label !== unknownLabel

/** What the atlases say of each voxel of a target. */
class Votes {
  private readonly shape: Triple
  private readonly sums: Float32Array[]

  constructor(shape: Triple, classes: number) {
    this.shape = shape
    this.sums = Array.from({ length: classes }, () => new Float32Array(volumeOf(shape)))
  }

  add(atlas: Atlas, part: Part, target: Grid, shift: Triple | null): void {
    const { region, field } = register(atlas.grid, part.around, target, shift)
    const { low, size } = region
    const seen = warp(atlas.grid, size, field)
    const own = crop(target, region).data
    const squares = { shape: size, data: own.map((v, i) => (v - seen[i]) ** 2) }
    const near = smooth({ shape: size, data: smooth(squares) })
    const { shape } = atlas.grid
    let v = 0
    for (let z = 0; z < size[2]; z++) {
      for (let y = 0; y < size[1]; y++) {
        const row = ((z + low[2]) * this.shape[1] + y + low[1]) * this.shape[0] + low[0]
        for (let x = 0; x < size[0]; x++, v++) {
          const at = within(shape, x + field[0][v], y + field[1][v], z + field[2][v])
          this.vote(row + x, atlas, at, 1 / (propagationRules.noise + near[v]))
        }
      }
    }
  }

  /** A place in the atlas votes for the classes of the eight voxels about it. */
  private vote(voxel: number, { grid, label }: Atlas, at: Triple, strength: number): void {
    const [nx, ny, nz] = grid.shape
    const first = at.map(Math.floor) as Triple
    const part = at.map((v, axis) => v - first[axis])
    for (let k = 0; k < 8; k++) {
      const [dx, dy, dz] = [k & 1, (k >> 1) & 1, k >> 2]
      const weight = (dx ? part[0] : 1 - part[0]) * (dy ? part[1] : 1 - part[1]) * (dz ? part[2] : 1 - part[2])
      if (weight === 0) continue
      const [x, y, z] = [
        Math.min(nx - 1, first[0] + dx),
        Math.min(ny - 1, first[1] + dy),
        Math.min(nz - 1, first[2] + dz),
      ]
      const found = label[(z * ny + y) * nx + x]
      if (found !== unknownLabel) this.sums[found][voxel] += weight * strength
    }
  }

  /** The class with most votes for each voxel. */
  strongest(): Uint8Array {
    return Uint8Array.from(this.sums[0], (_, v) =>
      this.sums.reduce((best, sum, k) => (sum[v] > this.sums[best][v] ? k : best), 0),
    )
  }

  /** Of the votes for each voxel, the share of a class. Where nobody votes, it is background: nothing is labelled so far out. */
  shares(): Float32Array[] {
    const { sums } = this
    for (let v = 0; v < sums[0].length; v++) {
      let all = 0
      for (const sum of sums) all += sum[v]
      for (const [k, sum] of sums.entries()) sum[v] = all > 0 ? sum[v] / all : k === 0 ? 1 : 0
    }
    return sums
  }
}

const within = (shape: Triple, ...at: Triple): Triple =>
  at.map((v, axis) => Math.min(shape[axis] - 1, Math.max(0, v))) as Triple

/**
 * own: the network's classes; probabilities: its opinion, class slowest, which becomes the average. vote: the share of the votes
 * that a class has, asked for twice (all of them at once would take as much memory again as the probabilities).
 */
export function fuse(
  own: Uint8Array,
  probabilities: Float32Array,
  vote: (k: number) => Float32Array,
  classes: number,
): void {
  const voxels = own.length
  const voted = new Uint8Array(voxels)
  const most = new Float32Array(voxels)
  for (let k = 0; k < classes; k++) {
    vote(k).forEach((share, v) => {
      if (share <= most[v]) return
      most[v] = share
      voted[v] = k
    })
  }
  const { share, agreement } = propagationRules
  const shares = Array.from(
    { length: classes - 1 },
    (_, k) => share * Math.min(1, (dice(voted, own, k + 1) ?? 1) / agreement),
  )
  shares.unshift(shares.reduce((sum, s) => sum + s, 0) / shares.length)
  for (let k = 0; k < classes; k++) {
    const thinks = probabilities.subarray(k * voxels, (k + 1) * voxels)
    vote(k).forEach((votes, v) => (thinks[v] += shares[k] * (votes - thinks[v])))
  }
}
