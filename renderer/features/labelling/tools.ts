/** Which tool is in the hand, and its settings. */
import { computed, ref, shallowRef, watch } from 'vue'
import type { OutlineKind } from '../../labelling/outlines.ts'
import { labelSet } from '../../state/cases.ts'
import { viewer, type Tool } from '../../viewer/index.ts'

export const labelTools = ['brush', 'eraser', 'fill', 'scissors', 'grow'] as const
export type LabelTool = (typeof labelTools)[number]
export type AnyTool = Exclude<Tool, 'edit'> | LabelTool

export const isLabelTool = (tool: AnyTool): tool is LabelTool => (labelTools as readonly string[]).includes(tool)

export const tool = ref<AnyTool>('navigate')
let before: AnyTool = 'brush'
watch(
  tool,
  (next, last) => {
    if (last) before = last
    viewer.tool = isLabelTool(next) ? 'edit' : next
  },
  { immediate: true, flush: 'sync' },
)
/** Back to the tool before this one. */
export const swapTools = () => void (tool.value = before)

/** Radius of brush and eraser in mm. */
export const radius = ref(4)
export const leastRadius = 0.5
export const mostRadius = 50
/** One step larger or smaller: a tenth, on a grid of half millimetres. */
export function resizeBrush(steps: number): void {
  const next = radius.value * 1.12 ** steps
  const rounded = Math.round(next * 2) / 2
  const moved = rounded === radius.value ? radius.value + Math.sign(steps) * 0.5 : rounded
  radius.value = Math.min(mostRadius, Math.max(leastRadius, moved))
}

export const brushShape = ref<'circle' | 'sphere'>('circle')
/** What filling and scissors draw. */
export const outlineKind = ref<OutlineKind>('freehand')
/** Scissors: what they take away, how deep they go, and whether they cut all labels that aren't locked. */
export const cutSide = ref<'inside' | 'outside'>('inside')
export const cutDepth = ref<'slice' | 'all'>('slice')
export const cutAll = ref(false)
/** Takes the filling tool with one of its outlines. */
export function takeFill(kind: OutlineKind): void {
  outlineKind.value = kind
  tool.value = 'fill'
}

/** Whether the brush may change voxels of other labels. */
export const overwrite = ref(true)

export const gateOn = ref(false)
/** Range of scan values that painting keeps to; null until it is first needed, then a guess from the window. */
export const gate = shallowRef<readonly [low: number, high: number] | null>(null)

/** Largest difference of scan values that region growing bridges, in the scan's values. */
export const tolerance = ref(0)

/** Labels that nothing changes. */
export const locked = shallowRef<ReadonlySet<number>>(new Set())
export function toggleLocked(value: number): void {
  const next = new Set(locked.value)
  if (!next.delete(value)) next.add(value)
  locked.value = next
}

const chosen = ref<number | null>(null)
/** The label that is painted; the first one unless chosen. null while the project has none. */
export const activeLabel = computed(
  () => labelSet.value.find((label) => label.value === chosen.value) ?? labelSet.value[0] ?? null,
)
export const chooseLabel = (value: number) => void (chosen.value = value)

/** The label `by` places further in the set, around its end. */
export function stepLabel(by: number): void {
  const set = labelSet.value
  if (!set.length) return
  const at = set.findIndex((label) => label.value === activeLabel.value?.value)
  chooseLabel(set[(at + by + set.length) % set.length].value)
}

export function chooseByKey(key: number): void {
  const label = labelSet.value.find((one) => one.key === key)
  if (label) chooseLabel(label.value)
}

/** Switches the gate; its first range is the display window's upper half, which is what one mostly looks at. */
export function toggleGate(): void {
  gateOn.value = !gateOn.value
  if (gateOn.value && !gate.value) {
    const [low, high] = viewer.state.window
    gate.value = [Math.round(low + (high - low) / 2), Math.round(high)]
  }
}
