/** Every key of the case view: one table feeds the handler and the dialog that lists them. */
import { ref } from 'vue'
import { opacity, toggleHidden } from '../../state/look.ts'
import { moveSelection } from '../../state/cases.ts'
import { axesOf, viewer } from '../../viewer/index.ts'
import { words } from '../../words/index.ts'
import { runCommand, type CommandName } from './commands.ts'
import { acceptPreview, cancelPreview } from './preview.ts'
import { cancelStroke } from './strokes.ts'
import {
  activeLabel,
  brushShape,
  chooseByKey,
  resizeBrush,
  stepLabel,
  swapTools,
  toggleGate,
  tool,
  type AnyTool,
} from './tools.ts'

interface Binding {
  /** As KeyboardEvent.key, lower case, with "ctrl+" and "shift+" where they must be held. */
  keys: readonly string[]
  /** How the dialog writes them. */
  shown: string
  says: string
  group: 'tools' | 'labels' | 'edit' | 'view'
  /** False when the key had no use now and goes on to others. */
  act: () => boolean | void
}

const take = (name: AnyTool) => () => void (tool.value = name)
const run = (name: CommandName) => () => void runCommand(name)
const scroll = (slices: number) => () => viewer.scroll(viewer.activePlane, slices)
const toEnd = (last: boolean) => () =>
  viewer.scroll(viewer.activePlane, (last ? 1 : -1) * viewer.state.shape[axesOf[viewer.activePlane].normal])
const fade = (by: number) => () =>
  void (opacity.value = Math.min(1, Math.max(0, Math.round((opacity.value + by) * 20) / 20)))
const says = words.labelling.keys

/** Whether the dialog with this table is open. */
export const showKeys = ref(false)

export const bindings: readonly Binding[] = [
  { keys: ['v'], shown: 'V', says: says.navigate, group: 'tools', act: take('navigate') },
  { keys: ['b'], shown: 'B', says: says.brush, group: 'tools', act: take('brush') },
  { keys: ['e'], shown: 'E', says: says.eraser, group: 'tools', act: take('eraser') },
  { keys: ['l'], shown: 'L', says: says.lasso, group: 'tools', act: take('lasso') },
  { keys: ['r'], shown: 'R', says: says.rectangle, group: 'tools', act: take('rectangle') },
  { keys: ['g'], shown: 'G', says: says.grow, group: 'tools', act: take('grow') },
  { keys: [' '], shown: 'Space', says: says.swap, group: 'tools', act: swapTools },
  { keys: ['['], shown: '[', says: says.smaller, group: 'tools', act: () => resizeBrush(-1) },
  { keys: [']'], shown: ']', says: says.larger, group: 'tools', act: () => resizeBrush(1) },
  {
    keys: ['c'],
    shown: 'C',
    says: says.shape,
    group: 'tools',
    act: () => void (brushShape.value = brushShape.value === 'circle' ? 'sphere' : 'circle'),
  },
  { keys: ['i'], shown: 'I', says: says.gate, group: 'tools', act: toggleGate },
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n): Binding => ({
    keys: [`${n}`],
    shown: '1 – 9',
    says: says.label,
    group: 'labels',
    act: () => chooseByKey(n),
  })),
  { keys: ['q'], shown: 'Q', says: says.previousLabel, group: 'labels', act: () => stepLabel(-1) },
  { keys: ['w'], shown: 'W', says: says.nextLabel, group: 'labels', act: () => stepLabel(1) },
  {
    keys: ['s'],
    shown: 'S',
    says: says.show,
    group: 'labels',
    act: () => activeLabel.value && toggleHidden(activeLabel.value.value),
  },
  { keys: ['a'], shown: 'A', says: says.fainter, group: 'labels', act: fade(-0.1) },
  { keys: ['d'], shown: 'D', says: says.stronger, group: 'labels', act: fade(0.1) },
  { keys: ['ctrl+z'], shown: 'Ctrl + Z', says: says.undo, group: 'edit', act: run('undo') },
  { keys: ['ctrl+shift+z', 'ctrl+y'], shown: 'Ctrl + Shift + Z', says: says.redo, group: 'edit', act: run('redo') },
  { keys: ['enter'], shown: 'Enter', says: says.accept, group: 'edit', act: acceptPreview },
  { keys: ['escape'], shown: 'Esc', says: says.cancel, group: 'edit', act: () => cancelStroke() || cancelPreview() },
  { keys: ['f'], shown: 'F', says: words.labelling.commands.between, group: 'edit', act: run('between') },
  { keys: ['x'], shown: 'X', says: words.labelling.commands.copy, group: 'edit', act: run('copy') },
  { keys: ['arrowup'], shown: '↑ ↓', says: says.slice, group: 'view', act: scroll(1) },
  { keys: ['arrowdown'], shown: '↑ ↓', says: says.slice, group: 'view', act: scroll(-1) },
  { keys: ['pageup'], shown: 'PgUp PgDn', says: says.slices, group: 'view', act: scroll(10) },
  { keys: ['pagedown'], shown: 'PgUp PgDn', says: says.slices, group: 'view', act: scroll(-10) },
  { keys: ['home'], shown: 'Home End', says: says.ends, group: 'view', act: toEnd(false) },
  { keys: ['end'], shown: 'Home End', says: says.ends, group: 'view', act: toEnd(true) },
  { keys: ['?'], shown: '?', says: says.help, group: 'view', act: () => void (showKeys.value = true) },
  { keys: ['n'], shown: 'N', says: says.nextCase, group: 'view', act: () => moveSelection(1) },
  { keys: ['p'], shown: 'P', says: says.previousCase, group: 'view', act: () => moveSelection(-1) },
]

/** What the dialog lists: one line for each key that is shown. */
export const listed = bindings.filter((one, n) => bindings.findIndex((other) => other.shown === one.shown) === n)

const byKey = new Map(bindings.flatMap((one) => one.keys.map((key) => [key, one] as const)))

/** The name of a key press as the table has it. Shift counts with Ctrl only: without, the character tells. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>): string {
  const held = event.ctrlKey || event.metaKey
  if (event.altKey && !held) return ''
  return `${held ? 'ctrl+' : ''}${held && event.shiftKey ? 'shift+' : ''}${event.key.toLowerCase()}`
}

/** Whether what has the focus needs this key itself: text fields all of them, other controls those that move them. */
function needsKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target.matches('textarea, select')) return true
  const moves = /^(arrow|page|home|end| |enter)/.test(key)
  if (target instanceof HTMLInputElement) return moves || !/^(range|checkbox|radio|color|button)$/.test(target.type)
  return moves && target.matches('button, summary, a, [role="listbox"], [role="listbox"] *')
}

export function onKey(event: KeyboardEvent): void {
  const key = keyName(event)
  const binding = byKey.get(key)
  if (!binding || event.defaultPrevented || needsKey(event.target, key)) return
  if (document.querySelector('dialog[open]')) return
  if (binding.act() !== false) event.preventDefault()
}
