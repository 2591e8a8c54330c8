/** Edits of a whole label, as messages: what the worker is asked and what it answers. The same without a worker. */
import { fillBetween } from './between.ts'
import { allButLargest, holes, insideOf, smallPieces } from './islands.ts'
import type { Triple } from './map.ts'
import { smoothed } from './smooth.ts'

/** In a mask: this voxel would become background. */
export const erased = 255

export interface LabelJob {
  kind: 'between' | 'largest' | 'small' | 'holes' | 'smooth'
  samples: Uint8Array<ArrayBuffer>
  shape: Triple
  spacing: Triple
  /** Across which axis slices are counted (between). */
  normal: 0 | 1 | 2
  value: number
  /** mm³ below which a piece goes (small), sigma in mm (smooth). */
  amount: number
}

/** What would change: 0 nothing, `erased` to background, else the label's value. */
export function runJob(job: LabelJob): Uint8Array<ArrayBuffer> {
  const { kind, samples, shape, spacing, value } = job
  if (kind === 'between') return fillBetween(samples, shape, spacing, job.normal, value).mask
  if (kind === 'holes') return holes(samples, shape, value).map((one) => (one ? value : 0))
  if (kind === 'smooth') {
    const inside = insideOf(samples, value)
    const after = smoothed(inside, shape, spacing, job.amount)
    return after.map((one, n) => (one === inside[n] ? 0 : one ? value : erased))
  }
  const voxels = job.amount / (spacing[0] * spacing[1] * spacing[2])
  const gone = kind === 'largest' ? allButLargest(samples, shape, value) : smallPieces(samples, shape, value, voxels)
  return gone.map((one) => (one ? erased : 0))
}
