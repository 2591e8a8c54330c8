/** Opens the selected case in the viewer, then its labels. The newest wish wins; older ones end quietly. */
import { ref, shallowRef } from 'vue'
import type { VolumeHandle } from '../../../shared/api/contract.ts'
import type { CaseSummary, LabelVersion } from '../../../shared/domain/records.ts'
import { reason, request } from '../../api/index.ts'
import { words } from '../../words/index.ts'
import { viewer, type Index3, type Layer, type ViewerState } from '../../viewer/index.ts'
import { letGo, takeUp } from '../labelling/index.ts'
import { fetchBytes, labelMap } from './bytes.ts'
import { usualWindow } from './presets.ts'

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

viewer.listen(() => (viewerState.value = viewer.state))

const handles = new Map<string, VolumeHandle>()
/** Cases whose label has been brought into sight once. */
const visited = new Set<string>()
let turn = 0

export async function openCase(one: CaseSummary, channel: number): Promise<void> {
  const mine = ++turn
  const key = `${one.id}-c${channel}`
  trouble.value = null
  // No flicker for what is there at once.
  const slow = setTimeout(() => (opening.value = mine === turn), 150)
  try {
    const handle = handles.get(one.id) ?? (await request('volume.open', { caseId: one.id }))
    handles.set(one.id, handle)
    if (mine !== turn) return
    channels.value = handle.channels
    const wish = { handle, channel, window: usualWindow(one.modality, handle.window[channel]) }
    // The labels of another scan must never lie over this one.
    letGo()
    loadedLayers.value = []
    versions.value = { label: null, proposal: null }
    if (!(await viewer.open(key, wish, () => fetchBytes(handle.url))) || mine !== turn) return
    opening.value = false
    await openLabels(one, mine)
  } catch (error) {
    if (mine !== turn) return
    letGo()
    viewer.close()
    versions.value = { label: null, proposal: null }
    trouble.value = reason(error)
  } finally {
    clearTimeout(slow)
    if (mine === turn) opening.value = false
  }
}

/** Puts the case's present label and proposal over the scan that is open. */
export async function refreshLabels(one: CaseSummary): Promise<void> {
  try {
    await openLabels(one, turn)
  } catch (error) {
    trouble.value = reason(error)
  }
}

async function openLabels(one: CaseSummary, mine: number): Promise<void> {
  const { labelVersionId, proposalVersionId } = one
  const any = labelVersionId || proposalVersionId
  const [all, label, proposal] = await Promise.all([
    any ? request('labels.versions', { caseId: one.id }) : [],
    labelVersionId ? labelMap(labelVersionId) : null,
    proposalVersionId ? labelMap(proposalVersionId) : null,
  ])
  if (mine !== turn) return
  const find = (id: string | null) => all.find((v) => v.id === id) ?? null
  versions.value = { label: find(labelVersionId), proposal: find(proposalVersionId) }
  const voxels = viewer.state.shape.reduce((a, b) => a * b)
  for (const map of [label, proposal]) if (map && map.length !== voxels) throw new RangeError(words.labels.misfit)
  const { shape, spacing } = viewer.state
  await takeUp({ caseId: one.id, versionId: labelVersionId, samples: label, shape, spacing }, () => mine === turn)
  if (mine !== turn) return
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
