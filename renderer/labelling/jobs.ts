/** Edits of a whole label, as messages: what the worker is asked and what it answers. The same without a worker. */
import { fillBetween } from './between.ts'
import { boxAround, cutBox, pasteBox } from './box.ts'
import { allButLargest, holes, insideOf, smallPieces } from './islands.ts'
import { margin } from './margin.ts'
import type { Triple } from './map.ts'
import { smoothed } from './smooth.ts'

/** In a mask: this voxel would become background. */
export const erased = 255

export const labelEdits = ['between', 'largest', 'small', 'holes', 'smooth', 'margin'] as const

export interface LabelJob {
  kind: (typeof labelEdits)[number]
  samples: Uint8Array<ArrayBuffer>
  shape: Triple
  spacing: Triple
  /** Across which axis slices are counted (between). */
  normal: 0 | 1 | 2
  value: number
  /** mm³ below which a piece goes (small), sigma in mm (smooth), mm to grow by or, below zero, to shrink by (margin). */
  amount: number
}

/** What an edit would change: 0 nothing, `erased` to background, else the label's value; and how many voxels each way. */
export interface Proposed {
  mask: Uint8Array<ArrayBuffer>
  added: number
  removed: number
}

export function runJob(job: LabelJob): Proposed {
  const { samples, shape, value } = job
  const box = boxAround(samples, shape, value, reach(job))
  if (!box) return { mask: new Uint8Array(samples.length), added: 0, removed: 0 }
  const part = edit({ ...job, samples: cutBox(samples, shape, box), shape: box.shape })
  let [added, removed] = [0, 0]
  for (const one of part)
    if (one === erased) removed++
    else if (one) added++
  return { mask: pasteBox(part, shape, box), added, removed }
}

/** How many voxels around the label have a say. */
function reach({ kind, amount, spacing }: LabelJob): Triple {
  const millimetres = kind === 'smooth' ? 3 * amount : kind === 'margin' ? Math.abs(amount) : 0
  const [x, y, z] = spacing.map((mm) => Math.ceil(millimetres / mm) + 2)
  return [x, y, z]
}

function edit({ kind, samples, shape, spacing, normal, value, amount }: LabelJob): Uint8Array<ArrayBuffer> {
  if (kind === 'between') return fillBetween(samples, shape, spacing, normal, value).mask
  if (kind === 'holes') return holes(samples, shape, value).map((one) => (one ? value : 0))
  if (kind === 'smooth' || kind === 'margin') {
    const inside = insideOf(samples, value)
    const after = kind === 'smooth' ? smoothed(inside, shape, spacing, amount) : margin(inside, shape, spacing, amount)
    return after.map((one, n) => (one === inside[n] ? 0 : one ? value : erased))
  }
  const voxels = amount / (spacing[0] * spacing[1] * spacing[2])
  const gone = kind === 'largest' ? allButLargest(samples, shape, value) : smallPieces(samples, shape, value, voxels)
  return gone.map((one) => (one ? erased : 0))
}
