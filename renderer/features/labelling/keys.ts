/** What the keys do in the case view. Which key is whose says the table of features/keys. */
import { openDialog } from '../settings/index.ts'
import { actionOf, keyName, type ActionId } from '../keys/index.ts'
import { moveSelection } from '../../state/cases.ts'
import { crosshair, toggleEnlarged } from '../../state/layout.ts'
import { opacity, toggleHidden } from '../../state/look.ts'
import { axesOf, viewer } from '../../viewer/index.ts'
import { cancelAll, runCommand, type CommandName } from './commands.ts'
import { work } from './current.ts'
import { acceptPreview } from './preview.ts'
import {
  activeLabel,
  brushShape,
  chooseByKey,
  resizeBrush,
  stepLabel,
  swapTools,
  takeFill,
  toggleGate,
  tool,
  type AnyTool,
} from './tools.ts'

/** Gets the key's name. False when it had no use now and goes on to others. */
type Act = (key: string) => boolean | void

const take = (name: AnyTool) => () => void (tool.value = name)
const run = (name: CommandName) => () => void runCommand(name)
const scroll = (slices: number) => () => viewer.scroll(viewer.activePlane, slices)
const toEnd = (last: boolean) => () =>
  viewer.scroll(viewer.activePlane, (last ? 1 : -1) * viewer.state.shape[axesOf[viewer.activePlane].normal])
const fade = (by: number) => () =>
  void (opacity.value = Math.min(1, Math.max(0, Math.round((opacity.value + by) * 20) / 20)))

/** Actions of other parts of the case view come by `bindActs`. */
const acts: Partial<Record<ActionId, Act>> = {
  navigate: take('navigate'),
  brush: take('brush'),
  eraser: take('eraser'),
  freehand: () => takeFill('freehand'),
  rectangle: () => takeFill('rectangle'),
  circle: () => takeFill('circle'),
  scissors: take('scissors'),
  grow: take('grow'),
  swap: swapTools,
  smaller: () => resizeBrush(-1),
  larger: () => resizeBrush(1),
  shape: () => void (brushShape.value = brushShape.value === 'circle' ? 'sphere' : 'circle'),
  gate: toggleGate,
  label: (key) => chooseByKey(Number(key)),
  previousLabel: () => stepLabel(-1),
  nextLabel: () => stepLabel(1),
  show: () => activeLabel.value && toggleHidden(activeLabel.value.value),
  fainter: fade(-0.1),
  stronger: fade(0.1),
  undo: run('undo'),
  redo: run('redo'),
  save: () => void work.value?.save(),
  accept: acceptPreview,
  cancel: cancelAll,
  between: run('between'),
  copy: run('copy'),
  mark: run('mark'),
  sliceUp: scroll(1),
  sliceDown: scroll(-1),
  tenUp: scroll(10),
  tenDown: scroll(-10),
  firstSlice: toEnd(false),
  lastSlice: toEnd(true),
  nextCase: () => moveSelection(1),
  previousCase: () => moveSelection(-1),
  maximise: () => toggleEnlarged(viewer.activePlane),
  fit: () => viewer.fit(),
  zoomIn: () => viewer.zoomBy(viewer.activePlane, 1.2),
  zoomOut: () => viewer.zoomBy(viewer.activePlane, 1 / 1.2),
  crosshair: () => void (crosshair.value = !crosshair.value),
  help: () => void (openDialog.value = 'keys'),
}

/** Says what further keys do. */
export const bindActs = (more: Partial<Record<ActionId, Act>>) => void Object.assign(acts, more)

/** Whether what has the focus needs this key itself: text fields all of them, other controls those that move them. */
function needsKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.matches('textarea, select')) return true
  const moves = /^(arrow|page|home|end| |enter)/.test(key)
  if (target instanceof HTMLInputElement) return moves || !/^(range|checkbox|radio|color|button)$/.test(target.type)
  return moves && target.matches('button, summary, a, [role="listbox"], [role="listbox"] *, [role="separator"]')
}

export function onKey(event: KeyboardEvent): void {
  const key = keyName(event)
  const action = actionOf(key)
  if (!action || event.defaultPrevented || needsKey(event.target, key)) return
  if (document.querySelector('dialog[open]')) return
  if (acts[action] && acts[action](key) !== false) event.preventDefault()
}
