/** Opens the selected case in the viewer, then its labels. The newest wish wins; older ones end quietly. */
import { ref, shallowRef, watch } from 'vue'
import type { VolumeHandle } from '../../../shared/api/contract.ts'
import type { CaseSummary, LabelVersion } from '../../../shared/domain/records.ts'
import { reason, request } from '../../api/index.ts'
import { newestOnly } from '../../api/newest.ts'
import { cases } from '../../state/cases.ts'
import { words } from '../../words/index.ts'
import { viewer, type Index3, type Layer, type ViewerState } from '../../viewer/index.ts'
import { letGo, takeUp } from '../labelling/index.ts'
import { fetchBytes, labelMap } from '../../api/bytes.ts'
import { usualWindow } from './presets.ts'
import { keepWindow, presentWindow, type WindowOf } from './windows.ts'

export const opening = ref(false)
export const trouble = ref<string | null>(null)
export const viewerState = shallowRef<ViewerState>(viewer.state)
/** Versions whose maps lie over the scan: label first. */
export const versions = shallowRef<{ label: LabelVersion | null; proposal: LabelVersion | null }>({
  label: null,
  proposal: null,
})
/** What could be shown over the scan beside the labels in hand; the labels panel chooses. */
export const loadedLayers = shallowRef<readonly Layer[]>([])
export const channels = ref(1)
/** The channel that is laid over the one on screen, from 0, and how much of it (0..1). null: none. */
export const blended = ref<number | null>(null)
export const blendAmount = ref(0.5)
/** What the display window on screen belongs to. */
export const windowOf = shallowRef<WindowOf | null>(null)

viewer.listen(() => (viewerState.value = viewer.state))

/** A window that stays for a moment is remembered. */
let settle: ReturnType<typeof setTimeout> | undefined
watch(
  () => viewerState.value.window,
  (window) => {
    clearTimeout(settle)
    const of = windowOf.value
    if (of && viewerState.value.key) settle = setTimeout(() => keepWindow(of, window), 400)
  },
)

const handles = new Map<string, VolumeHandle>()
/** Cases whose label has been brought into sight once. */
const visited = new Set<string>()
const askForCase = newestOnly()
/** Whether the case that was asked for last is still wanted. */
let caseWanted = askForCase()

export async function openCase(one: CaseSummary, channel: number): Promise<void> {
  const wanted = (caseWanted = askForCase())
  const key = `${one.id}-c${channel}`
  trouble.value = null
  // No flicker for what is there at once.
  const slow = setTimeout(() => (opening.value = wanted()), 150)
  try {
    const handle = handles.get(one.id) ?? (await request('volume.open', { caseId: one.id }))
    handles.set(one.id, handle)
    if (!wanted()) return
    channels.value = handle.channels
    const wish = wishFor(one, handle, channel)
    clearTimeout(settle)
    windowOf.value = { modality: one.modality, channel, suggested: handle.window[channel] }
    // The labels of another scan must never lie over this one.
    letGo()
    loadedLayers.value = []
    versions.value = { label: null, proposal: null }
    if (!(await viewer.open(key, wish, () => fetchBytes(handle.url))) || !wanted()) return
    opening.value = false
    void showBlend(one)
    // Labels may have come while the scan was being opened.
    await openLabels(cases.value.find(({ id }) => id === one.id) ?? one, wanted)
  } catch (error) {
    if (!wanted()) return
    letGo()
    viewer.close()
    versions.value = { label: null, proposal: null }
    trouble.value = reason(error)
  } finally {
    clearTimeout(slow)
    if (wanted()) opening.value = false
  }
}

function wishFor({ modality }: CaseSummary, handle: VolumeHandle, channel: number) {
  const suggested = handle.window[channel]
  const window = presentWindow({ modality, channel, suggested })
  return { handle, channel, window, usual: usualWindow(modality, suggested) }
}

/** Lays the channel `blended` over the one on screen, or takes it away. */
export async function showBlend(one: CaseSummary): Promise<void> {
  const handle = handles.get(one.id)
  const channel = blended.value
  if (!handle || channel === null || channel >= handle.channels) return viewer.endBlend()
  try {
    const wish = wishFor(one, handle, channel)
    await viewer.blend(`${one.id}-c${channel}`, wish, blendAmount.value, () => fetchBytes(handle.url))
  } catch (error) {
    trouble.value = reason(error)
  }
}

/** Puts the case's present label and proposal over the scan that is open. */
export async function refreshLabels(one: CaseSummary): Promise<void> {
  try {
    await openLabels(one, caseWanted)
  } catch (error) {
    trouble.value = reason(error)
  }
}

const askForLabels = newestOnly()

async function openLabels(one: CaseSummary, ofCase: () => boolean): Promise<void> {
  const newest = askForLabels()
  const wanted = () => ofCase() && newest()
  const { labelVersionId, proposalVersionId } = one
  const any = labelVersionId || proposalVersionId
  const [all, label, proposal] = await Promise.all([
    any ? request('labels.versions', { caseId: one.id }) : [],
    labelVersionId ? labelMap(labelVersionId) : null,
    proposalVersionId ? labelMap(proposalVersionId) : null,
  ])
  if (!wanted()) return
  const find = (id: string | null) => all.find((v) => v.id === id) ?? null
  versions.value = { label: find(labelVersionId), proposal: find(proposalVersionId) }
  const voxels = viewer.state.shape.reduce((a, b) => a * b)
  for (const map of [label, proposal]) if (map && map.length !== voxels) throw new RangeError(words.labels.misfit)
  const { shape, spacing } = viewer.state
  await takeUp({ caseId: one.id, versionId: labelVersionId, samples: label, shape, spacing }, wanted)
  if (!wanted()) return
  const layers: Layer[] = []
  if (proposal && proposalVersionId) layers.push({ id: proposalVersionId, map: proposal, style: 'hatched' })
  loadedLayers.value = layers
  const map = label ?? proposal
  if (map && !visited.has(one.id)) {
    const centre = centreOf(map, viewer.state.shape)
    if (centre) viewer.goTo(centre)
    visited.add(one.id)
  }
}

/** The labelled voxel nearest to the middle of all labelled voxels; null for an empty map. */
export function centreOf(map: Uint8Array, shape: Index3): Index3 | null {
  const [nx, ny] = shape
  let [x, y, z, count] = [0, 0, 0, 0]
  for (let n = 0; n < map.length; n++) {
    if (!map[n]) continue
    x += n % nx
    y += Math.floor(n / nx) % ny
    z += Math.floor(n / (nx * ny))
    count++
  }
  if (!count) return null
  ;[x, y, z] = [x / count, y / count, z / count]
  let best = -1
  let nearest = Infinity
  for (let n = 0; n < map.length; n++) {
    if (!map[n]) continue
    const away = ((n % nx) - x) ** 2 + ((Math.floor(n / nx) % ny) - y) ** 2 + (Math.floor(n / (nx * ny)) - z) ** 2
    if (away < nearest) {
      nearest = away
      best = n
    }
  }
  return [best % nx, Math.floor(best / nx) % ny, Math.floor(best / (nx * ny))]
}
