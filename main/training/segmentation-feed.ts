/**
 * What a step of fine-tuning sees: patches of labelled scans, turned, scaled and changed in grey level, with their labels at
 * every supervised level of the network.
 */
import type { Inputs } from '../engine/index.ts'
import type { Plan } from '../../shared/domain/plan.ts'
import { volumeOf } from '../imaging/region.ts'
import { random, type Random } from '../../shared/domain/random.ts'
import { augmentIntensities, drawWarp } from './augment.ts'
import { caseFor } from './case-order.ts'
import { zyx } from './network.ts'
import { cutPatch, patchCentre, unknownLabel, warpPatch } from './patch.ts'
import type { PreparedCase } from './prepare.ts'

/** The knobs, in one place. */
export const feedRules = {
  /**
   * Share of patches centred on a voxel of a label drawn uniformly among those the case has. Where a patch holds the whole
   * scan it changes nothing. nnU-Net's third (of which every batch has at least one) left small structures of large scans
   * unlearnt for hundreds of steps: docs/learning.md has the figures.
   */
  foregroundShare: 2 / 3,
  /**
   * Background is thinned out at first: of each level's voxels without a label, `perLabelled` times as many as have one are
   * shown (but `least` of them at least), and more with every step until all are after `share` of the steps. Where
   * structures are small, the losses otherwise teach "background everywhere" first, and it takes hundreds of steps to find
   * a way out of that: docs/learning.md has the figures.
   */
  thinning: { share: 1 / 3, perLabelled: 2, least: 0.005 },
}

/** Steps over which the learning rate rises and falls once: the first one, and how many there are. */
export interface Course {
  begin: number
  steps: number
}

/** The inputs `image` and `target0…` of a step: a pure function of seed and step. */
export class SegmentationFeed {
  private readonly plan: Plan
  private readonly cases: readonly PreparedCase[]
  private readonly proposed: readonly PreparedCase[]
  private readonly seed: number
  private readonly course: Course
  private readonly image: Float32Array
  private readonly targets: Float32Array[]

  /** proposed: scans that a network has labelled; where there are any, every other sample is one of them. */
  constructor(
    plan: Plan,
    cases: readonly PreparedCase[],
    levels: number,
    seed: number,
    course: Course,
    proposed: readonly PreparedCase[] = [],
  ) {
    this.plan = plan
    this.cases = cases
    this.course = course
    this.proposed = proposed
    this.seed = seed
    this.image = new Float32Array(plan.batch * volumeOf(plan.patch) * plan.channels)
    this.targets = Array.from({ length: levels }, (_, level) => {
      const size = levelSize(plan, level)
      return new Float32Array(plan.batch * volumeOf(size))
    })
  }

  feed(inputs: Inputs, step: number): void {
    const { plan, image, targets } = this
    const voxels = volumeOf(plan.patch)
    for (let n = 0; n < plan.batch; n++) {
      const draw = random(this.seed, 'fine-tuning', step, n)
      const from = this.caseOf(step * plan.batch + n)
      const target = {
        patch: plan.patch,
        image: image.subarray(n * voxels * plan.channels, (n + 1) * voxels * plan.channels),
        label: targets[0].subarray(n * voxels, (n + 1) * voxels),
      }
      const centre = this.centre(draw, from)
      const warp = plan.recipe === 'paper' ? null : drawWarp(draw, plan)
      if (warp) warpPatch(from, centre, warp, target)
      else cutPatch(from, centre, target)
      if (plan.recipe !== 'paper') augmentIntensities(draw, target.image, plan.channels)
    }
    if (plan.recipe === 'paper') targets[0].forEach((label, v) => (targets[0][v] = label + 1))
    for (let level = 1; level < targets.length; level++) coarsen(plan, targets[level - 1], targets[level], level)
    const { begin, steps } = this.course
    const progress = (step - begin) / (feedRules.thinning.share * steps)
    if (plan.recipe !== 'paper' && progress < 1) {
      const draw = random(this.seed, 'thinning', step)
      for (const target of targets) thinBackground(draw, target, progress)
    }
    inputs.setInput('image', image)
    targets.forEach((values, level) => inputs.setInput(`target${level}`, values))
  }

  private caseOf(sample: number): PreparedCase {
    if (this.proposed.length === 0) return caseFor(this.cases, this.seed, sample)
    return caseFor(sample % 2 === 0 ? this.cases : this.proposed, this.seed, Math.floor(sample / 2))
  }

  private centre(draw: Random, from: PreparedCase): [number, number, number] {
    if (from.foreground.length > 0 && draw.chance(feedRules.foregroundShare)) {
      const voxel = draw.pick(draw.pick(from.foreground).voxels)
      const [nx, ny] = from.shape
      const at = [voxel % nx, Math.floor(voxel / nx) % ny, Math.floor(voxel / (nx * ny))]
      // Kept inside the scan, so that a patch is not half empty.
      return at.map((centre, axis) => {
        const [n, p] = [from.shape[axis], this.plan.patch[axis]]
        if (n <= p) return (n - 1) / 2
        return Math.min(Math.max(centre, (p - 1) / 2), n - 1 - (p - 1) / 2)
      }) as [number, number, number]
    }
    return patchCentre(from.shape, this.plan.patch, [draw.float(), draw.float(), draw.float()])
  }
}

/** Size [x, y, z] of a patch at a level of the network. */
export function levelSize(plan: Plan, level: number): [number, number, number] {
  const size = [...plan.patch] as [number, number, number]
  for (const pool of plan.pools.slice(0, level)) pool.forEach((p, axis) => (size[axis] /= p))
  return size
}

/**
 * Labels of a coarser level: of each window the commonest known label, the larger value where two are equally common (so a
 * thin structure is not lost); unknown only where all is unknown.
 */
export function coarsen(plan: Plan, from: Float32Array, to: Float32Array, level: number): void {
  const [fd, fh, fw] = zyx(levelSize(plan, level - 1))
  const [d, h, w] = zyx(levelSize(plan, level))
  const [sd, sh, sw] = zyx(plan.pools[level - 1])
  // Steps from a window's first voxel to each of its voxels.
  const steps = Array.from(
    { length: sd * sh * sw },
    (_, k) => (Math.floor(k / (sw * sh)) * fh + (Math.floor(k / sw) % sh)) * fw + (k % sw),
  )
  const votes = new Uint8Array(256)
  let at = 0
  for (let n = 0; n < plan.batch; n++) {
    for (let z = 0; z < d; z++) {
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const first = ((n * fd + z * sd) * fh + y * sh) * fw + x * sw
          let best = unknownLabel
          for (const step of steps) {
            const label = from[first + step]
            if (label === unknownLabel) continue
            votes[label]++
            const more = best === unknownLabel ? 1 : votes[label] - votes[best]
            if (more > 0 || (more === 0 && label > best)) best = label
          }
          for (const step of steps) votes[from[first + step]] = 0
          to[at++] = best
        }
      }
    }
  }
}

/** Makes background voxels unknown at random: most of them at progress 0, none at 1, with as many steps for each halving. */
export function thinBackground(random: Random, target: Float32Array, progress: number): void {
  const { perLabelled, least } = feedRules.thinning
  let background = 0
  let labelled = 0
  for (const label of target) {
    if (label === 0) background++
    else if (label !== unknownLabel) labelled++
  }
  const first = Math.min(1, Math.max(least, (perLabelled * labelled) / Math.max(1, background)))
  const kept = first ** (1 - progress)
  for (let v = 0; v < target.length; v++) if (target[v] === 0 && !random.chance(kept)) target[v] = unknownLabel
}
