/** Edits of a whole label: worked out in a worker, shown as a preview, made when accepted. */
import { computed, ref } from 'vue'
import { runJob, type LabelJob } from '../../labelling/jobs.ts'
import { tell } from '../../state/notices.ts'
import { axesOf, viewer } from '../../viewer/index.ts'
import { words } from '../../words/index.ts'
import { onLetGo, work } from './current.ts'
import { cancelPreview, showPreview } from './preview.ts'
import { activeLabel } from './tools.ts'
import { canPaint, cancelStroke, presentRule } from './strokes.ts'

export type HeavyName = LabelJob['kind']

/** Which edit is being worked out. */
const running = ref<HeavyName | null>(null)
export const computing = computed(() => running.value && words.labelling.commands[running.value])

/** What the wheel changes: mm³ of the smallest piece that stays, mm of smoothing. */
const amounts: Record<HeavyName, number> = { between: 0, largest: 0, small: 100, holes: 0, smooth: 1.5 }
const steps: Partial<Record<HeavyName, number>> = { small: 1.5, smooth: 1.2 }

let worker: Worker | null = null
let turn = 0

function compute(job: LabelJob): Promise<Uint8Array<ArrayBuffer>> {
  // Below a million voxels it takes less time than the copying.
  if (job.samples.length < 1 << 19) return Promise.resolve(runJob(job))
  worker?.terminate()
  worker = new Worker(new URL('./heavy.worker.ts', import.meta.url), { type: 'module' })
  return new Promise((resolve, reject) => {
    worker!.onmessage = ({ data }: MessageEvent<Uint8Array<ArrayBuffer>>) => resolve(data)
    worker!.onerror = ({ message }) => reject(new Error(message))
    worker!.postMessage(job)
  })
}

function stop(): void {
  turn++
  running.value = null
  worker?.terminate()
  worker = null
}
onLetGo(stop)

/** Starts an edit of the active label; what it would do appears as a preview. */
export async function startHeavy(kind: HeavyName): Promise<void> {
  cancelStroke()
  cancelPreview()
  stop()
  if (!canPaint(false) || !work.value || !activeLabel.value) return
  const { map } = work.value
  const { name, value } = activeLabel.value
  if (!map.counts[value]) return tell(words.labelling.nothingOf(name), 'warn')
  const mine = ++turn
  running.value = kind
  try {
    const job: LabelJob = {
      kind,
      samples: map.samples.slice() as Uint8Array<ArrayBuffer>,
      shape: [...map.shape],
      spacing: [...map.spacing],
      normal: axesOf[viewer.activePlane].normal,
      value,
      amount: amounts[kind],
    }
    const mask = await compute(job)
    if (mine !== turn) return
    show(kind, mask)
  } catch (error) {
    tell(words.common.unexpected(error instanceof Error ? error.message : String(error)))
  } finally {
    if (mine === turn) running.value = null
  }
}

function show(kind: HeavyName, mask: Uint8Array): void {
  const voxels = mask.reduce((count, one) => count + (one ? 1 : 0), 0)
  const step = steps[kind]
  // Where the wheel can change the amount, an empty result is a result.
  if (!voxels && !step) return tell(words.labelling.noChange[kind as keyof typeof words.labelling.noChange], 'warn')
  const millilitres = (voxels * work.value!.map.voxelVolume) / 1000
  // Holes and gaps are filled with the label; only what painting over others allows is touched.
  const rule = { ...presentRule(false), gate: null }
  showPreview({
    name: words.labelling.commands[kind],
    hint: words.labelling.heavyHint(kind, amounts[kind], millilitres),
    mask,
    rule,
    turn: step
      ? (notches) => {
          amounts[kind] = Math.min(100_000, Math.max(0.3, amounts[kind] * step ** Math.sign(notches)))
          void startHeavy(kind)
        }
      : undefined,
  })
}
