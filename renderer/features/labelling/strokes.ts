/** What the label tools do while the pointer moves: brush and eraser, outlines to fill or cut, where growing starts. */
import { watch, watchEffect } from 'vue'
import { visitStroke } from '../../labelling/brush.ts'
import type { Rule, Triple } from '../../labelling/map.ts'
import { areaOf, borderOf, cutArea, fillArea, type OutlineKind } from '../../labelling/outlines.ts'
import { labelSet } from '../../state/cases.ts'
import { hidden, shown, toggleHidden } from '../../state/look.ts'
import { tell } from '../../state/notices.ts'
import { viewer, type Phase, type Plane, type Sketch, type Spot } from '../../viewer/index.ts'
import { words } from '../../words/index.ts'
import { commit, onLetGo, ready, repaint, work } from './current.ts'
import { cancelPreview, turnPreview } from './preview.ts'
import { startGrowing } from './growing.ts'
import {
  activeLabel,
  brushShape,
  cutAll,
  cutDepth,
  cutSide,
  gate,
  gateOn,
  isLabelTool,
  locked,
  outlineKind,
  overwrite,
  radius,
  resizeBrush,
  tool,
  type LabelTool,
} from './tools.ts'

interface Stroke {
  tool: LabelTool
  /** What an outline tool draws. */
  kind: OutlineKind
  plane: Plane
  normal: 0 | 1 | 2
  rule: Rule
  first: Triple
  last: Triple
  path: Triple[]
  name: string
}

let stroke: Stroke | null = null
let pointer: Spot | null = null

/** Which voxels the present settings let through. `erase` writes background. */
export function presentRule(erase: boolean): Rule {
  const kept = new Set(locked.value)
  const value = erase ? 0 : activeLabel.value!.value
  if (!erase && !overwrite.value) for (const label of labelSet.value) if (label.value !== value) kept.add(label.value)
  const painted = viewer.painted
  if (!gateOn.value || !gate.value || !painted) return { value, kept, gate: null }
  const [low, high] = gate.value.map((one) => (one - painted.intercept) / painted.slope)
  return { value, kept, gate: { samples: painted.samples, low, high } }
}

/** Whether something can be painted now; says what is missing where it can't. */
export function canPaint(erase: boolean): boolean {
  if (!ready.value) {
    tell(words.labelling.notReady, 'warn')
    return false
  }
  if (erase) return true
  if (!activeLabel.value) tell(words.labelling.needLabel, 'warn')
  else if (locked.value.has(activeLabel.value.value)) tell(words.labelling.isLocked(activeLabel.value.name), 'warn')
  else return true
  return false
}

/** Who paints wants to see it. */
function bringIntoSight(): void {
  if (shown.value === 'none') shown.value = 'label'
  if (shown.value === 'proposal') shown.value = 'both'
  const value = activeLabel.value?.value
  if (value !== undefined && hidden.value.has(value)) toggleHidden(value)
}

function edit(phase: Phase, spot: Spot): void {
  if (phase === 'down') begin(spot)
  else if (!stroke) return
  else if (phase === 'move') go(spot)
  else end(phase === 'up')
}

function begin(spot: Spot): void {
  if (!isLabelTool(tool.value)) return
  cancelPreview()
  const erase = tool.value === 'eraser' || (spot.erase && tool.value !== 'grow' && tool.value !== 'scissors')
  // Scissors through all labels ask for none to be chosen.
  if (!canPaint(erase || (tool.value === 'scissors' && cutAll.value))) return
  bringIntoSight()
  if (tool.value === 'grow') return startGrowing(spot, presentRule(false))
  const rule = presentRule(erase)
  const name = words.labelling.edits[erase ? 'eraser' : tool.value]
  const at: Triple = spot.index
  const { plane, normal } = spot
  stroke = { tool: tool.value, kind: outlineKind.value, plane, normal, rule, first: at, last: at, path: [at], name }
  go(spot)
}

function go(spot: Spot): void {
  if (!stroke || !work.value) return
  const { map } = work.value
  const at: Triple = spot.index
  if (stroke.tool === 'brush' || stroke.tool === 'eraser') {
    const across = brushShape.value === 'sphere' ? null : stroke.normal
    const { rule } = stroke
    visitStroke(map.shape, map.spacing, stroke.last, at, radius.value, across, (index) => map.paint(index, rule))
    work.value.painting()
    repaint()
  } else if (stroke.kind === 'freehand') stroke.path.push(at)
  stroke.last = at
  hover(spot)
}

function end(whole: boolean): void {
  const done = stroke
  stroke = null
  if (!done || !work.value) return
  const { map } = work.value
  if (whole && (done.tool === 'fill' || done.tool === 'scissors')) applyOutline(done)
  if (whole) commit(done.name)
  else map.cancel()
  work.value.painted()
  repaint()
  draw()
}

function applyOutline(done: Stroke): void {
  const { map } = work.value!
  const area = areaOf(done, map.shape, map.spacing)
  const at = done.first[done.normal]
  if (done.tool === 'fill') return fillArea(map, done.normal, at, area, done.rule)
  const slices = cutDepth.value === 'all' ? ([0, map.shape[done.normal] - 1] as const) : ([at, at] as const)
  cutArea(map, done.normal, slices, area, cutSide.value === 'outside', cutValues())
}

/** Which label values the scissors take away. */
function cutValues(): Uint8Array {
  const takes = new Uint8Array(256)
  for (const { value } of cutAll.value ? labelSet.value : [activeLabel.value!]) takes[value] = 1
  for (const value of locked.value) takes[value] = 0
  return takes
}

/** Esc: the stroke in progress is taken back. True when there was one. */
export function cancelStroke(): boolean {
  if (!stroke) return false
  end(false)
  return true
}
onLetGo(() => {
  cancelStroke()
  cancelPreview()
})

function hover(spot: Spot | null): void {
  pointer = spot
  draw()
}

function turn(notches: number, ctrl: boolean): boolean {
  if (turnPreview(notches)) return true
  if (!ctrl || (tool.value !== 'brush' && tool.value !== 'eraser')) return false
  resizeBrush(Math.sign(notches))
  return true
}

/** Ring and outline under the pointer. */
function draw(): void {
  viewer.setSketch(isLabelTool(tool.value) && pointer ? sketchAt(pointer) : null)
}

function sketchAt(spot: Spot): Sketch | null {
  if ((stroke?.tool === 'fill' || stroke?.tool === 'scissors') && work.value)
    return { plane: stroke.plane, path: borderOf(stroke, work.value.map.spacing) }
  if (tool.value !== 'brush' && tool.value !== 'eraser') return null
  const erase = tool.value === 'eraser' || spot.erase
  const color = erase ? '#ffffff' : (activeLabel.value?.color ?? '#ffffff')
  return { plane: spot.plane, ring: { index: spot.index, radius: radius.value, color, dashed: erase } }
}

watch([tool, radius, activeLabel, brushShape], draw)
watch(tool, cancelPreview)
watchEffect(() => {
  const painting = isLabelTool(tool.value) && tool.value !== 'scissors'
  const [low, high] = gate.value ?? [0, 0]
  viewer.setRange(painting && gateOn.value ? { low, high, color: activeLabel.value?.color ?? '#ffffff' } : null)
})
viewer.editor = { edit, hover, turn }
