/** What undo and redo would do now: labelling says it once a scan was opened, the menu asks. */
import { shallowRef } from 'vue'

export const undoState = shallowRef<{
  /** Name of the edit; null where there is none. */
  undo: string | null
  redo: string | null
  run: (way: 'undo' | 'redo') => void
} | null>(null)
