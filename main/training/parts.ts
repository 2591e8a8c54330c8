/** Whether scans that are labelled in some slices only show the network all parts of a scan. */
import { boxOf } from '../imaging/region.ts'
import type { Host } from './host.ts'
import { unknownLabel } from './patch.ts'
import { labelMaps, type PreparedCase } from './prepare.ts'

/** Labelled slices that lie within less than this share of a scan's length leave out a part of it. */
const narrow = 0.5

/**
 * Tells the user where every labelled scan is labelled in one part only: what the network is never shown, it may mark. (Three
 * scans of hippocampus-msd, the four middle slices of each, 120 steps: Dice .28, with seven times the volume; every fourth slice
 * all along: .83.)
 */
export function checkParts(cases: readonly PreparedCase[], host: Host): void {
  let most = 0
  for (const { label, shape } of labelMaps(cases)) {
    const known = boxOf(label, shape, (value) => value !== unknownLabel)
    const share = known === null ? 0 : Math.min(...known.size.map((size, axis) => size / shape[axis]))
    if (share >= narrow) return
    most = Math.max(most, share)
  }
  const percent = Math.max(1, Math.round(100 * most))
  const text = `The labelled slices lie in one part of each scan, ${percent} % of its length at most. The network is never shown the rest, and may mark anything there: label some slices near both ends, too, also where there is nothing to mark.`
  host.tell({ type: 'notice', text, warning: true })
}
