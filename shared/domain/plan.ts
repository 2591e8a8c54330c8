/**
 * What is known of the data (`Fingerprint`) and what is decided from it (`Plan`). Both are written into the run folder as
 * readable files; a model cannot be used without the plan that its weights were learnt under.
 */
import { z } from 'zod'
import { Recipe, Vector3 } from './records.ts'

/** Measured on the canonical volumes: shapes [x, y, z] in voxels, spacings in mm, intensities in sample values. */
export const Fingerprint = z.object({
  /** nonzero: size of the box about all that is not zero, voxels. */
  cases: z.array(z.object({ id: z.string(), shape: Vector3, spacing: Vector3, nonzero: Vector3.optional() })),
  modality: z.string(),
  channels: z.number().int(),
  /** Per channel, over foreground voxels (labelled ones where there are labels, else non-zero ones). */
  intensities: z.array(z.object({ low: z.number(), high: z.number(), mean: z.number(), deviation: z.number() })),
})
export type Fingerprint = z.infer<typeof Fingerprint>

export const Normalisation = z.discriminatedUnion('kind', [
  /** Each channel of each scan: subtract its mean, divide by its deviation. */
  z.object({ kind: z.literal('z-score') }),
  /** CT: clip to [low, high] (HU), subtract mean, divide by deviation: the same figures for every scan. */
  z.object({ kind: z.literal('fixed'), low: z.number(), high: z.number(), mean: z.number(), deviation: z.number() }),
  /** Each channel of each scan: its lowest value becomes 0, its highest 1. */
  z.object({ kind: z.literal('min-max') }),
])
export type Normalisation = z.infer<typeof Normalisation>

export const Plan = z.object({
  version: z.literal(1),
  /**
   * Whose network and inputs (absent: handful). `paper`: every scan is resized to the patch, a cube, whatever its spacing
   * (2D: each of its slices to the patch, a square); `spacing` then says nothing.
   */
  recipe: Recipe.optional(),
  /** The grid that training works on, mm. */
  spacing: Vector3,
  /**
   * Where it is given, scans are cropped to the box about what is not zero in any channel, widened on all sides by a margin in
   * mm. share: of each axis of a scan, what that box takes without the margin (the median): an estimate for scans that are not
   * read yet.
   */
  crop: z.object({ share: Vector3, margin: Vector3 }).optional(),
  /** Patch in voxels [x, y, z] of that grid, and patches per step. */
  patch: Vector3,
  batch: z.number().int(),
  channels: z.number().int(),
  normalisation: z.array(Normalisation),
  /** Features per level, finest first. */
  features: z.array(z.number().int()),
  /** Pooling window [x, y, z] between level i and i + 1: one fewer than levels; each entry 1 or 2. */
  pools: z.array(Vector3),
  /** Convolution kernel [x, y, z] per level: 1 along an axis that is still much coarser than the others, else 3. */
  kernels: z.array(Vector3),
})
export type Plan = z.infer<typeof Plan>

/** Whether the network is one of slices (2D): a patch is a single slice, and nothing is pooled or convolved across slices. */
export const isPlanar = (plan: Pick<Plan, 'patch'>): boolean => plan.patch[2] === 1

/** The smallest patch [x, y, z] that the plan's pools divide without a rest. */
export function poolingFactor(plan: Pick<Plan, 'pools'>): [number, number, number] {
  return plan.pools.reduce<[number, number, number]>((f, p) => [f[0] * p[0], f[1] * p[1], f[2] * p[2]], [1, 1, 1])
}
