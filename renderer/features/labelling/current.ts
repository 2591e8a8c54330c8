/** Which case's labels are being edited, and the works of cases that were open before. */
import { computed, ref, shallowRef } from 'vue'
import type { Marks } from '../../../shared/domain/partial-labels.ts'
import type { Step } from '../../labelling/history.ts'
import { LabelMap, type Triple } from '../../labelling/map.ts'
import { Timeline } from '../../labelling/timeline.ts'
import { labelSet, selectedId } from '../../state/cases.ts'
import { attempt, tell } from '../../state/notices.ts'
import { beforeLeaving } from '../../state/session.ts'
import type { Layer } from '../../viewer/index.ts'
import { words } from '../../words/index.ts'
import { unpackRuns } from '../../labelling/draft.ts'
import { dropDraft, getDraft } from './drafts.ts'
import { Work, type SaveState } from './work.ts'

export const work = shallowRef<Work | null>(null)
/** Changes at work in the program that will replace label maps in hand: an edit meanwhile would be lost. */
const holds = ref(0)
/** Whether the labels of the chosen scan can be edited: they are open, and nothing is about to replace them. */
export const ready = computed(() => work.value?.caseId === selectedId.value && work.value !== null && !holds.value)
const timeline = new Timeline()
/** Grows with every change of a voxel. */
export const revision = ref(0)
/** What the present work looks like; a new object whenever an edit ended or its saving moved on. */
export const status = shallowRef<{
  state: SaveState
  trouble: string
  undo: string | null
  redo: string | null
  /** Volume of each label value. */
  millilitres: Float64Array
  /** Slices that were called complete; null while the whole scan counts as labelled. */
  marks: Marks | null
} | null>(null)

/** What the running tool would make: shown, not yet written. */
export const preview = shallowRef<Uint8Array | null>(null)
export const previewRevision = ref(0)

/** The present label map and the preview, for the viewer. */
export const workLayers = computed<readonly Layer[]>(() => {
  const layers: Layer[] = []
  if (!work.value) return layers
  const id = `work-${work.value.caseId}-${revision.value}`
  layers.push({ id, map: work.value.map.samples, style: 'filled' })
  if (preview.value) layers.push({ id: `preview-${previewRevision.value}`, map: preview.value, style: 'preview' })
  return layers
})

/** Cases whose work, with its undo, stays in memory; those with something unsaved always do. */
const kept = 4
const works = new Map<string, Work>()

export interface Base {
  caseId: string
  versionId: string | null
  /** null: the case has no label yet. */
  samples: Uint8Array | null
  shape: Triple
  spacing: Triple
}

/**
 * Makes a case's labels the ones that are edited. Work in hand goes on where it knows the version that the program has;
 * a draft that was left behind is taken up; else the version itself is the start.
 */
export async function takeUp(base: Base, wanted: () => boolean): Promise<void> {
  const { caseId, versionId, samples, shape, spacing } = base
  const inHand = works.get(caseId)
  if (inHand && (inHand.unsaved || inHand.versions.includes(versionId))) {
    // The news of its own saving: a stroke may be going on.
    return inHand === work.value ? undefined : hold(inHand)
  }
  const voxels = shape[0] * shape[1] * shape[2]
  const draft = await getDraft(caseId)
  if (!wanted()) return
  const start = new Work(caseId, new LabelMap(samples?.slice() ?? new Uint8Array(voxels), shape, spacing), versionId)
  if (draft?.voxels === voxels && draft.runs) {
    const left = new LabelMap(unpackRuns(draft.runs, voxels), shape, spacing)
    const recovered = new Work(caseId, left, draft.parentId)
    if (differ(left.samples, start.map.samples)) {
      recovered.touch()
      tell(words.labelling.recovered, 'good')
      return hold(recovered)
    }
    void dropDraft(caseId)
  }
  hold(start)
}

function differ(a: Uint8Array, b: Uint8Array): boolean {
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return true
  return false
}

function hold(next: Work): void {
  letGo()
  work.value = next
  works.delete(next.caseId)
  works.set(next.caseId, next)
  for (const [id, old] of works) {
    if (works.size <= kept) break
    if (!old.unsaved && old !== next) works.delete(id)
  }
  next.onChange = show
  timeline.own = next.history
  revision.value++
  show()
}

/** The case is no longer on screen: what is unsaved is saved at once. */
export function letGo(): void {
  const old = work.value
  if (!old) return
  for (const listener of leaving) listener()
  old.onChange = () => {}
  void old.save().then(() => tellUnsaved([old]))
  work.value = null
  timeline.own = null
  preview.value = null
  show()
}

const leaving = new Set<() => void>()
/** Calls back before the present work is put aside, to end what a tool has begun. */
export const onLetGo = (listener: () => void) => void leaving.add(listener)

/** Voxels have changed: what is on screen follows. */
export const repaint = () => void revision.value++

function show(): void {
  const now = work.value
  status.value = now && {
    state: now.state,
    trouble: now.trouble,
    undo: timeline.undoName,
    redo: timeline.redoName,
    marks: now.map.partial ? now.map.marks : null,
    millilitres: now.map.counts.map((voxels) => (voxels * now.map.voxelVolume) / 1000),
  }
}

/** Ends the edit in progress: one entry of the history, saved by itself. */
export function commit(name: string): void {
  const step = work.value?.step(name, work.value.map.finish())
  if (step) record(step, 'own')
}

/** Does what replaces label maps in hand: whatever tool is at work is ended, and nothing else is edited until it is over. */
export async function holding<T>(act: () => Promise<T>): Promise<T> {
  for (const listener of leaving) listener()
  holds.value++
  try {
    return await act()
  } finally {
    holds.value--
  }
}

/** What is done in its turn after undo, redo and whatever else waits for its turn. */
export const inTurn = <T>(act: () => Promise<T>): Promise<T> => timeline.inTurn(act)

/** Records a step that was done, to the open scan or to the whole project. */
export function record(step: Step, where: 'own' | 'shared'): void {
  timeline.add(step, where)
  show()
}

/** Takes the newest step back, or does it again. A refusal is told; the step then stays. */
export async function travel(way: 'undo' | 'redo'): Promise<void> {
  await attempt(() => timeline[way]())
  // A stroke from before a label was deleted on another scan may bring its value back.
  work.value?.map.dropForeign(new Set(labelSet.value.map(({ value }) => value)))
  repaint()
  show()
}

/**
 * Makes the labels of a scan equal to `samples` (one byte a voxel of its grid), as one edit that can be taken back and is
 * saved by itself. `also`: what belongs to it elsewhere, taken back and done again together with it.
 * @param of a scan's labels that are or were open
 */
export function replaceLabels(of: Work, name: string, samples: Uint8Array, also?: Pick<Step, 'undo' | 'redo'>): void {
  const shown = of === work.value
  if (shown) for (const listener of leaving) listener()
  of.map.become(samples)
  const own = of.step(name, of.map.finish())
  if (own || also) {
    const both = (way: 'undo' | 'redo') => async () => {
      await also?.[way]()
      await own?.[way]()
    }
    const step = { name, bytes: own?.bytes ?? 0, undo: both('undo'), redo: both('redo') }
    if (shown) record(step, 'own')
    else of.history.add(step)
  }
  if (shown) repaint()
}

/** Whether something could not be saved. */
export const unsavedAnywhere = (): boolean => [...works.values()].some(({ unsaved }) => unsaved)

/** The works in memory of these cases. */
export const worksOf = (caseIds: readonly string[]): Work[] =>
  [...works.values()].filter((one) => caseIds.includes(one.caseId))

/** Saves everything; works of a project that is closed are forgotten afterwards. */
export async function saveAll(): Promise<void> {
  await Promise.all([...works.values()].map((one) => one.save()))
}
beforeLeaving(async () => {
  await saveAll()
  tellUnsaved([...works.values()])
  letGo()
  // The drafts of what could not be saved stay, for the next time.
  for (const one of works.values()) one.stop()
  works.clear()
  timeline.shared.clear()
})

/** Nobody sees the state of a work that is no longer on screen: a failure is told. */
function tellUnsaved(left: readonly Work[]): void {
  for (const { unsaved, state, trouble } of left)
    if (unsaved && state === 'failed') tell(words.labelling.leftUnsaved(trouble))
}

// The window is closed or put away: the draft is certain, the save likely.
addEventListener('pagehide', () => keepAll(true))
document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && keepAll(false))
function keepAll(leaving: boolean): void {
  for (const one of works.values()) {
    void one.keepDraft(leaving)
    void one.save()
  }
}
