/** What the label tools do while the pointer moves: brush and eraser, lasso, rectangle, and where growing starts. */
import { watch } from 'vue'
import { visitStroke } from '../../labelling/brush.ts'
import type { Rule, Triple } from '../../labelling/map.ts'
import { visitPolygon, visitRectangle } from '../../labelling/polygon.ts'
import { labelSet } from '../../state/cases.ts'
import { hidden, shown, toggleHidden } from '../../state/look.ts'
import { tell } from '../../state/notices.ts'
import { viewer, type Phase, type Plane, type Sketch, type Spot } from '../../viewer/index.ts'
import { words } from '../../words/index.ts'
import { onLetGo, repaint, work } from './current.ts'
import { cancelPreview, turnPreview } from './preview.ts'
import { startGrowing } from './growing.ts'
import {
  activeLabel,
  brushShape,
  gate,
  gateOn,
  isLabelTool,
  locked,
  overwrite,
  radius,
  resizeBrush,
  tool,
  type LabelTool,
} from './tools.ts'

interface Stroke {
  tool: LabelTool
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
  if (!work.value) return false
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
  const erase = spot.erase || tool.value === 'eraser'
  if (!canPaint(erase)) return
  bringIntoSight()
  if (tool.value === 'grow') return startGrowing(spot, presentRule(false))
  const rule = presentRule(erase)
  const name = words.labelling.edits[erase ? 'eraser' : tool.value]
  const at: Triple = spot.index
  stroke = { tool: tool.value, plane: spot.plane, normal: spot.normal, rule, first: at, last: at, path: [at], name }
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
    repaint()
  } else if (stroke.tool === 'lasso') stroke.path.push(at)
  stroke.last = at
  hover(spot)
}

function end(whole: boolean): void {
  const done = stroke
  stroke = null
  if (!done || !work.value) return
  const { map } = work.value
  const visit = (index: number) => map.paint(index, done.rule)
  const at = done.first[done.normal]
  if (done.tool === 'lasso') visitPolygon(map.shape, done.normal, at, done.path, visit)
  if (done.tool === 'rectangle') visitRectangle(map.shape, done.normal, at, done.first, done.last, visit)
  if (whole) work.value.add(done.name, map.finish())
  else map.cancel()
  repaint()
  draw()
}

/** Esc: the stroke in progress is taken back. True when there was one. */
export function cancelStroke(): boolean {
  if (!stroke) return false
  stroke = { ...stroke, path: [] }
  if (stroke.tool === 'rectangle' || stroke.tool === 'lasso') {
    stroke = null
    draw()
  } else end(false)
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
  if (stroke?.tool === 'lasso') return { plane: stroke.plane, path: stroke.path }
  if (stroke?.tool === 'rectangle') return { plane: stroke.plane, path: corners(stroke) }
  if (tool.value !== 'brush' && tool.value !== 'eraser') return null
  const erase = tool.value === 'eraser' || spot.erase
  const color = erase ? '#ffffff' : (activeLabel.value?.color ?? '#ffffff')
  return { plane: spot.plane, ring: { index: spot.index, radius: radius.value, color, dashed: erase } }
}

function corners({ first, last, normal }: Stroke): Triple[] {
  const [u, v] = ([0, 1, 2] as const).filter((axis) => axis !== normal)
  const corner = (a: Triple, b: Triple): Triple => {
    const point: [number, number, number] = [...a]
    point[u] = a[u]
    point[v] = b[v]
    return point
  }
  return [first, corner(first, last), last, corner(last, first)]
}

watch([tool, radius, activeLabel, brushShape], draw)
watch(tool, cancelPreview)
viewer.editor = { edit, hover, turn }
