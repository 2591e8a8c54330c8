/** Edits that are one press: undo and redo, those of a slice, those of a whole label. */
import { watchEffect } from 'vue'
import { nearestSlice, visitSlice } from '../../labelling/slices.ts'
import { tell } from '../../state/notices.ts'
import { undoState } from '../../state/undo.ts'
import { axesOf, viewer } from '../../viewer/index.ts'
import { words } from '../../words/index.ts'
import { commit, ready, repaint, status, travel, work } from './current.ts'
import { labelEdits } from '../../labelling/jobs.ts'
import { cancelHeavy, startHeavy, type HeavyName } from './heavy.ts'
import { cancelPreview } from './preview.ts'
import { canPaint, cancelStroke, presentRule } from './strokes.ts'
import { activeLabel, locked } from './tools.ts'

const says = words.labelling

/** The slice that is worked in. */
function presentSlice(): { normal: 0 | 1 | 2; at: number } {
  const { normal } = axesOf[viewer.activePlane]
  return { normal, at: viewer.state.cursor[normal] }
}

watchEffect(() => {
  const { undo, redo } = status.value ?? { undo: null, redo: null }
  undoState.value = { undo, redo, run: (way) => runCommand(way) }
})

/** Enough of a stroke, a preview, or what is being worked out; true when there was one. */
export const cancelAll = (): boolean => cancelStroke() || cancelPreview() || cancelHeavy()

// What is in progress is what one wants to be rid of.
const undo = () => void (cancelAll() || travel('undo'))
const redo = () => void (cancelPreview() || travel('redo'))

/** Copies the active label from the nearest slice that has it (where one draws, the previous one) into the present one. */
function copy(): void {
  if (!canPaint(false) || !work.value || !activeLabel.value) return
  const { map } = work.value
  const { normal, at } = presentSlice()
  const rule = presentRule(false)
  const from = nearestSlice(map.samples, map.shape, normal, at, rule.value)
  if (from === null) return tell(says.nothingToCopy(activeLabel.value.name), 'warn')
  const step = (at - from) * [1, map.shape[0], map.shape[0] * map.shape[1]][normal]
  visitSlice(map.shape, normal, from, (index) => {
    if (map.samples[index] === rule.value) map.paint(index + step, rule)
  })
}

/** Takes every label that isn't locked out of the present slice. */
function clearSlice(): void {
  if (!work.value) return
  const { map } = work.value
  const { normal, at } = presentSlice()
  visitSlice(map.shape, normal, at, (index) => map.paint(index, { value: 0, kept: locked.value, gate: null }))
}

/** Takes the active label out of the whole scan. */
function clearLabel(): void {
  if (!canPaint(false) || !work.value || !activeLabel.value) return
  work.value.map.clear(activeLabel.value.value)
}

/** Says that the present slice is complete, or takes it back. */
function mark(): void {
  if (!work.value) return
  const { map } = work.value
  const { normal, at } = presentSlice()
  map.mark(normal, at, !map.marks[normal][at])
}

const edits = { copy, clearSlice, clearLabel, mark }
const commands = { undo, redo }
export type CommandName = keyof typeof edits | keyof typeof commands | HeavyName

export function runCommand(name: CommandName): void {
  const later = labelEdits.find((one) => one === name)
  // Those show what they would do first.
  if (later) return startHeavy(later)
  if (name in commands) return commands[name as keyof typeof commands]()
  if (!ready.value) return tell(says.notReady, 'warn')
  cancelAll()
  edits[name as keyof typeof edits]()
  commit(says.commands[name as keyof typeof edits])
  repaint()
}
