/**
 * From the data to a plan: rules after nnU-Net (Isensee et al., Nature Methods 2021), with a patch that suits the machine.
 * The same plan serves pretraining and fine-tuning: a different spacing or normalisation between them costs Dice.
 */
import { isPlanar, poolingFactor, type Fingerprint, type Normalisation, type Plan } from '../../shared/domain/plan.ts'

type Triple = [number, number, number]

/** The knobs, in one place. */
export const planRules = {
  /**
   * Share of a patch that stays about what is not zero when a scan is cropped. Registration loses its way where a skin has no
   * air about it: labels carried over to three labelled head and neck scans, each from the two others, have .61 and .52 Dice
   * (two subsets) uncropped, .47 and .43 cropped without a margin, .61 and .55 with 15 mm, .64 and .57 with 25, .61 and .52 with
   * 40; a patch is 160 mm wide there.
   */
  cropMargin: 1 / 6,
  /** Voxels of a patch: about 48³, a compromise of context and seconds per step on a CPU. */
  patchVoxels: 96_000,
  batch: 2,
  /** Most slices of a step in 2D; fewer where they are large. */
  slices: 32,
  /** Features of the finest level; they double per level up to the maximum. */
  baseFeatures: 16,
  maxFeatures: 256,
  maxLevels: 5,
  /** An axis is pooled while at least this many voxels remain after it, ... */
  minVoxels: 4,
  /** ... and while its spacing is below this multiple of the finest one. */
  maxSpacingRatio: 2,
  /** An axis whose spacing is this many times coarser than the others takes the 10th percentile, not the median. */
  anisotropyRatio: 3,
}

/**
 * Makes the plan. Deterministic: the same fingerprint gives the same plan. dimensions: 2 for a network of slices (axial on the
 * canonical grid), whose patch is one slice thick.
 */
export function makePlan(fingerprint: Fingerprint, dimensions: 2 | 3 = 3, rules = planRules): Plan {
  const spacing = targetSpacing(
    fingerprint.cases.map((c) => c.spacing),
    rules,
  )
  const share = shareLeft(fingerprint)
  const extents = fingerprint.cases.map(
    (c) => ((share && c.nonzero) || c.shape).map((n, axis) => (n * c.spacing[axis]) / spacing[axis]) as Triple,
  )
  const typical = [0, 1, 2].map((axis) =>
    Math.max(
      1,
      Math.round(
        quantile(
          extents.map((e) => e[axis]),
          0.5,
        ),
      ),
    ),
  ) as Triple
  if (dimensions === 2) typical[2] = 1
  const { patch, pools, kernels } = shapeNetwork(typical, spacing, rules)
  return {
    version: 1,
    spacing,
    ...(share && { crop: { share, margin: patch.map((n, axis) => rules.cropMargin * n * spacing[axis]) as Triple } }),
    patch,
    batch: isPlanar({ patch }) ? slicesFor(patch, rules) : rules.batch,
    channels: fingerprint.channels,
    normalisation: fingerprint.intensities.map((i) => normalisationFor(fingerprint.modality, i)),
    features: kernels.map((_, level) => Math.min(rules.maxFeatures, rules.baseFeatures * 2 ** level)),
    pools,
    kernels,
  }
}

/** What is left of each axis when scans lose what is zero all about (nnU-Net's rule); null for pictures, which are left whole. */
function shareLeft({ cases }: Fingerprint): Triple | null {
  if (cases.some(({ nonzero }) => !nonzero) || cases.every(({ shape }) => shape[2] === 1)) return null
  return [0, 1, 2].map((axis) =>
    quantile(
      cases.map(({ shape, nonzero }) => nonzero![axis] / shape[axis]),
      0.5,
    ),
  ) as Triple
}

/** As many slices as make a step about as large as one in 3D. */
const slicesFor = (patch: Triple, rules: typeof planRules): number =>
  Math.max(rules.batch, Math.min(rules.slices, Math.round((rules.batch * rules.patchVoxels) / product(patch))))

function normalisationFor(modality: string, i: Fingerprint['intensities'][number]): Normalisation {
  if (modality !== 'CT') return { kind: 'z-score' }
  return { kind: 'fixed', low: i.low, high: i.high, mean: i.mean, deviation: Math.max(i.deviation, 1e-6) }
}

/** Median spacing per axis, mm; the 10th percentile on an axis that is much coarser than the others. */
function targetSpacing(spacings: Triple[], rules: typeof planRules): Triple {
  const median = [0, 1, 2].map((axis) =>
    quantile(
      spacings.map((s) => s[axis]),
      0.5,
    ),
  ) as Triple
  const coarsest = median.indexOf(Math.max(...median))
  const others = median.filter((_, axis) => axis !== coarsest)
  if (median[coarsest] > rules.anisotropyRatio * Math.max(...others)) {
    const fine = quantile(
      spacings.map((s) => s[coarsest]),
      0.1,
    )
    median[coarsest] = Math.max(fine, Math.max(...others))
  }
  return median
}

/** Patch, pools and kernels that fit each other: the patch covers the typical scan, or as much of it as the budget allows. */
function shapeNetwork(typical: Triple, spacing: Triple, rules: typeof planRules) {
  let wanted = shrinkToBudget(typical, spacing, rules.patchVoxels)
  for (;;) {
    const { pools, kernels } = poolAxes(wanted, spacing, rules)
    const factor = poolingFactor({ pools })
    const patch = wanted.map((n, axis) => Math.ceil(n / factor[axis]) * factor[axis]) as Triple
    if (product(patch) <= rules.patchVoxels * 1.15) return { patch, pools, kernels }
    wanted = shorten(wanted, spacing)
  }
}

/** Shrinks the axes that reach furthest (in mm) first, so that the patch tends to a cube in the patient. */
function shrinkToBudget(shape: Triple, spacing: Triple, voxels: number): Triple {
  let result = shape
  while (product(result) > voxels) result = shorten(result, spacing)
  return result
}

/** One voxel less along the axis that reaches furthest, of those that have more than one. */
function shorten(shape: Triple, spacing: Triple): Triple {
  const reach = shape.map((n, axis) => (n > 1 ? n * spacing[axis] : 0))
  const furthest = reach.indexOf(Math.max(...reach))
  return shape.map((n, axis) => (axis === furthest ? n - 1 : n)) as Triple
}

function poolAxes(shape: Triple, spacing: Triple, rules: typeof planRules) {
  const size = [...shape] as Triple
  const now = [...spacing] as Triple
  const pools: Triple[] = []
  const kernels: Triple[] = []
  for (;;) {
    // A single slice has no spacing across it.
    const finest = Math.min(...now.filter((_, axis) => size[axis] > 1))
    kernels.push(now.map((s, axis) => (s >= rules.maxSpacingRatio * finest || size[axis] < 2 ? 1 : 3)) as Triple)
    const can = size.map((n, axis) => n >= 2 * rules.minVoxels && now[axis] < rules.maxSpacingRatio * finest)
    if (!can.includes(true) || kernels.length === rules.maxLevels) return { pools, kernels }
    const pool = can.map((yes) => (yes ? 2 : 1)) as Triple
    pools.push(pool)
    pool.forEach((p, axis) => {
      size[axis] = Math.ceil(size[axis] / p)
      now[axis] *= p
    })
  }
}

const product = (t: Triple): number => t[0] * t[1] * t[2]

/** Linear-interpolated quantile, q in [0, 1]. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = q * (sorted.length - 1)
  const low = Math.floor(at)
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low])
}
