/** Edits that are shown before they are made: one at a time, accepted with Enter, cancelled with Esc. */
import { shallowRef } from 'vue'
import { erased } from '../../labelling/jobs.ts'
import type { Rule } from '../../labelling/map.ts'
import { preview, previewRevision, repaint, work } from './current.ts'

interface Pending {
  name: string
  /** What to tell the user meanwhile. */
  hint: string
  /** Voxels that would be written, of the map's size: 0 = untouched. */
  mask: Uint8Array
  rule: Rule
  /** The wheel, where the edit follows it. */
  turn?: (notches: number) => void
}

export const pending = shallowRef<Pending | null>(null)

export function showPreview(next: Pending): void {
  pending.value = next
  preview.value = next.mask
  previewRevision.value++
}

export function acceptPreview(): boolean {
  const now = pending.value
  if (!now || !work.value) return false
  const { map } = work.value
  // The rule is asked again: a mask may cover what is locked.
  for (let index = 0; index < now.mask.length; index++) {
    const value = now.mask[index]
    if (value) map.paint(index, value === erased ? { ...now.rule, value: 0 } : { ...now.rule, value })
  }
  work.value.add(now.name, map.finish())
  cancelPreview()
  repaint()
  return true
}

export function cancelPreview(): boolean {
  if (!pending.value) return false
  pending.value = null
  preview.value = null
  return true
}

export function turnPreview(notches: number): boolean {
  if (!pending.value?.turn) return false
  pending.value.turn(notches)
  return true
}
