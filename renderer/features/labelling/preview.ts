/** Edits that are shown before they are made: one at a time, accepted with Enter, cancelled with Esc. */
import { shallowRef } from 'vue'
import { erased } from '../../labelling/jobs.ts'
import type { Rule } from '../../labelling/map.ts'
import { commit, preview, previewRevision, repaint, work } from './current.ts'

/** What can be tuned while a preview is shown: by the wheel, or as a number. */
export interface Amount {
  label: string
  unit: string
  value: number
  least: number
  most: number
  /** What the wheel makes of it, `notches` up. */
  turned: (notches: number) => number
  set: (value: number) => void
}

interface Pending {
  name: string
  /** What to tell the user meanwhile. */
  hint: string
  /** Voxels that would be written, of the map's size: 0 = untouched, `erased` = taken away. */
  mask: Uint8Array
  rule: Rule
  amount?: Amount
  /** What accepting does, where it is not writing the mask by the rule. */
  accept?: { says: string; act: () => void }
}

export const pending = shallowRef<Pending | null>(null)
const ends = new Set<() => void>()
/** Calls back whenever a preview was accepted or cancelled, or another tool's takes its place. */
export const onPreviewEnd = (listener: () => void) => void ends.add(listener)

/** Shows a preview, or how the one that is shown has changed. */
export function showPreview(next: Pending): void {
  pending.value = next
  preview.value = next.mask
  previewRevision.value++
}

export function acceptPreview(): boolean {
  const now = pending.value
  if (!now || !work.value) return false
  if (now.accept) {
    endPreview()
    now.accept.act()
    return true
  }
  const { map } = work.value
  const erase = { ...now.rule, value: 0 }
  const write = new Map<number, Rule>()
  // The rule is asked again: a mask may cover what is locked.
  for (let index = 0; index < now.mask.length; index++) {
    const value = now.mask[index]
    if (value === 0) continue
    if (!write.has(value)) write.set(value, value === erased ? erase : { ...now.rule, value })
    map.paint(index, write.get(value)!)
  }
  commit(now.name)
  endPreview()
  repaint()
  return true
}

export function cancelPreview(): boolean {
  const there = pending.value !== null
  endPreview()
  return there
}

function endPreview(): void {
  pending.value = null
  preview.value = null
  for (const listener of ends) listener()
}

/** A turn of the wheel; true when there is a preview: the slice stays. */
export function turnPreview(notches: number): boolean {
  const amount = pending.value?.amount
  if (!amount) return false
  tune(amount.turned(notches))
  return true
}

/** Another amount for the preview that is shown. */
export function tune(value: number): void {
  const amount = pending.value?.amount
  if (amount && Number.isFinite(value)) amount.set(Math.min(amount.most, Math.max(amount.least, value)))
}
