/** Edits of a whole label: worked out in a worker, shown as a preview, made when accepted. */
import { computed, ref } from 'vue'
import type { LabelJob, Proposed } from '../../labelling/jobs.ts'
import { tell } from '../../state/notices.ts'
import { axesOf, viewer } from '../../viewer/index.ts'
import { words } from '../../words/index.ts'
import { halt, latest, propose } from './background.ts'
import { onLetGo, work } from './current.ts'
import { cancelPreview, onPreviewEnd, showPreview, type Amount } from './preview.ts'
import { activeLabel } from './tools.ts'
import { canPaint, cancelStroke, presentRule } from './strokes.ts'

export type HeavyName = LabelJob['kind']

/** Which edit is being worked out. */
const running = ref<HeavyName | null>(null)
export const computing = computed(() => running.value && words.labelling.commands[running.value])

type Tuned = 'small' | 'smooth' | 'margin'
/** mm³ of the smallest piece that stays, mm of smoothing, mm to grow or (below zero) to shrink by. */
const amounts: Record<Tuned, number> = { small: 100, smooth: 1.5, margin: 2 }
const isTuned = (kind: HeavyName): kind is Tuned => kind in amounts

/** What accept or cancel ends. */
let present: { kind: HeavyName } | null = null

/** Stops what is being worked out; true when there was something. */
export function cancelHeavy(): boolean {
  const there = running.value !== null
  if (there) halt()
  present = null
  running.value = null
  return there
}
onLetGo(cancelHeavy)
onPreviewEnd(cancelHeavy)

/** Starts an edit of the active label; what it would do appears as a preview. */
export function startHeavy(kind: HeavyName): void {
  cancelStroke()
  cancelPreview()
  if (!canPaint(false) || !work.value || !activeLabel.value) return
  if (!work.value.map.counts[activeLabel.value.value]) {
    return tell(words.labelling.nothingOf(activeLabel.value.name), 'warn')
  }
  present = { kind }
  update(present)
}

const update = latest<{ kind: HeavyName }>(async (mine) => {
  const label = activeLabel.value
  if (mine !== present || !work.value || !label) return
  const { map } = work.value
  const { kind } = mine
  running.value = kind
  try {
    const proposed = await propose({
      kind,
      samples: map.samples.slice(),
      shape: [...map.shape],
      spacing: [...map.spacing],
      normal: axesOf[viewer.activePlane].normal,
      value: label.value,
      amount: isTuned(kind) ? amounts[kind] : 0,
    })
    if (mine === present) show(mine, proposed)
  } finally {
    if (mine === present || !present) running.value = null
  }
})

function show(mine: { kind: HeavyName }, { mask, added, removed }: Proposed): void {
  const { kind } = mine
  const [adds, takes] = [added, removed].map((voxels) => (voxels * work.value!.map.voxelVolume) / 1000)
  // Where the amount can be changed, an empty result is a result.
  if (!added && !removed && !isTuned(kind)) {
    present = null
    return tell(words.labelling.noChange[kind as keyof typeof words.labelling.noChange], 'warn')
  }
  showPreview({
    name: words.labelling.commands[kind],
    hint: words.labelling.heavyHint(kind, adds, takes),
    mask,
    // Holes and gaps are filled with the label; only what painting over others allows is touched.
    rule: { ...presentRule(false), gate: null },
    amount: isTuned(kind) ? amountOf(kind, mine) : undefined,
  })
}

function amountOf(kind: Tuned, mine: { kind: HeavyName }): Amount {
  const factor = kind === 'small' ? 1000 : 1
  const value = amounts[kind] / factor
  return {
    label: words.labelling.amounts[kind],
    unit: kind === 'small' ? words.units.millilitres : words.units.millimetres,
    value,
    least: kind === 'margin' ? -30 : kind === 'small' ? 0.001 : 0.3,
    most: kind === 'small' ? 1000 : 30,
    turned: (notches) =>
      kind === 'margin'
        ? value + Math.sign(notches) * 0.5
        : value * (kind === 'small' ? 1.5 : 1.2) ** Math.sign(notches),
    set: (next) => {
      amounts[kind] = next * factor
      update(mine)
    },
  }
}
