/** Edits that are one press: undo and redo, those of a slice, those of a whole label. */
import { nearestSlice, visitSlice } from '../../labelling/slices.ts'
import { tell } from '../../state/notices.ts'
import { axesOf, viewer } from '../../viewer/index.ts'
import { words } from '../../words/index.ts'
import { repaint, work } from './current.ts'
import { startHeavy } from './heavy.ts'
import { cancelPreview } from './preview.ts'
import { canPaint, cancelStroke, presentRule } from './strokes.ts'
import { activeLabel, locked } from './tools.ts'

const says = words.labelling

/** The slice that is worked in. */
function presentSlice(): { normal: 0 | 1 | 2; at: number } {
  const { normal } = axesOf[viewer.activePlane]
  return { normal, at: viewer.state.cursor[normal] }
}

function undo(): void {
  // The stroke or preview in progress is what one wants to be rid of.
  if (!cancelStroke() && !cancelPreview()) work.value?.undo()
}

function redo(): void {
  if (!cancelPreview()) work.value?.redo()
}

/** Copies the active label from the nearest slice that has it into the present one. */
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
  const { map } = work.value
  const { value } = activeLabel.value
  for (let index = 0; index < map.samples.length; index++) if (map.samples[index] === value) map.set(index, 0)
}

const commands = { undo, redo, copy, clearSlice, clearLabel }
/** Those that show what they would do first. */
const heavy = ['between', 'largest', 'small', 'holes', 'smooth'] as const
export type CommandName = keyof typeof commands | (typeof heavy)[number]

export function runCommand(name: CommandName): void {
  const later = heavy.find((one) => one === name)
  if (later) return void startHeavy(later)
  runAtOnce(name as keyof typeof commands)
}

function runAtOnce(name: keyof typeof commands): void {
  if (name !== 'undo' && name !== 'redo') {
    cancelStroke()
    cancelPreview()
  }
  commands[name]()
  if (name !== 'undo' && name !== 'redo') work.value?.add(says.commands[name], work.value.map.finish())
  repaint()
}
