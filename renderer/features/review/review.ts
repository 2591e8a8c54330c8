/** The proposal under review: decisions, what is still shown of it, and how unsure the model was where. */
import { computed, ref, shallowRef, watch } from 'vue'
import { entropyUrl } from '../../../shared/api/contract.ts'
import type { CaseSummary, Review, ReviewDecision } from '../../../shared/domain/records.ts'
import { request } from '../../api/index.ts'
import { adopt, onlyValues } from '../../labelling/adopt.ts'
import { filtered, refreshCases, selected, selectedId } from '../../state/cases.ts'
import { shown } from '../../state/look.ts'
import { attempt, tell } from '../../state/notices.ts'
import type { Heat, Layer } from '../../viewer/index.ts'
import { words } from '../../words/index.ts'
import { bindActs, replaceLabels, tool, work } from '../labelling/index.ts'

const says = words.review

/** The proposal's map as it was loaded over the open scan; null while there is none. */
export const proposal = shallowRef<Pick<Layer, 'id' | 'map'> | null>(null)
/** Decisions of the open case, newest first. */
export const log = shallowRef<readonly Review[]>([])
export const heatOn = ref(false)
export const heatOpacity = ref(0.7)

watch(
  () => `${selectedId.value} ${selected.value?.proposalVersionId} ${selected.value?.undecided}`,
  async () => {
    const one = selected.value
    if (!one?.proposalVersionId) return void (log.value = [])
    const list = await attempt(() => request('reviews.list', { caseId: one.id }))
    if (list && one.id === selectedId.value) log.value = list
  },
  { immediate: true },
)

const isOf = (one: CaseSummary | null) => one !== null && proposal.value?.id === one.proposalVersionId

/** The hatched layer without what has been decided, unless the user asks for the proposal alone. */
export function hatchedLayer(layer: Layer, one: CaseSummary | null): Layer | null {
  if (!one || one.proposalVersionId !== layer.id || shown.value === 'proposal') return layer
  if (one.undecided.length === 0) return null
  if (!one.inReview) return layer
  return { ...layer, id: `${layer.id}:${one.undecided.join()}`, map: onlyValues(layer.map, one.undecided) }
}

/** Takes a decision about some labels of the open case's proposal. */
export async function decide(values: readonly number[], decision: 'accepted' | 'edited' | 'rejected'): Promise<void> {
  const one = selected.value
  const now = proposal.value
  const hand = work.value
  if (!one || !now || !isOf(one) || !hand || hand.caseId !== one.id || values.length === 0) return
  // First the decision: the label that is saved next is then known to come from this proposal.
  if (!(await keep(one.id, now.id, values, decision))) return
  const again = (what: ReviewDecision) => async () => void (await keep(one.id, now.id, values, what))
  const samples = decision === 'rejected' ? hand.map.samples : adopt(hand.map.samples, now.map, values)
  const name = decision === 'rejected' ? says.rejecting : says.accepting
  // Another scan may have been opened meanwhile: what was decided holds for this one all the same.
  replaceLabels(hand, name, samples, { undo: again('undecided'), redo: again(decision) })
  if (decision === 'edited' && work.value === hand) tool.value = 'brush'
  await hand.save()
}

async function keep(
  caseId: string,
  proposalId: string,
  values: readonly number[],
  decision: ReviewDecision,
): Promise<boolean> {
  const list = await attempt(() => request('reviews.decide', { proposalId, values: [...values], decision }))
  if (!list) return false
  if (selectedId.value === caseId) log.value = list
  void refreshCases()
  return true
}

/** Decides about all labels of the open case that nobody has decided about yet. */
const decideRest = (decision: 'accepted' | 'edited' | 'rejected') => () => {
  const values = selected.value?.undecided ?? []
  if (selected.value?.status !== 'proposed' || values.length === 0) return false
  void decide(values, decision)
}

/** Opens the next case of the list, after the present one and round, whose proposal waits for a decision. */
export function openNext(): void {
  const rows = filtered.value
  const at = rows.findIndex(({ id }) => id === selectedId.value)
  const next = [...rows.slice(at + 1), ...rows.slice(0, at + 1)].find(({ status }) => status === 'proposed')
  if (!next) return tell(says.noneLeft, 'good')
  if (next.id === selectedId.value) return tell(says.onlyThis, 'good')
  selectedId.value = next.id
}

bindActs({
  reviewAccept: decideRest('accepted'),
  reviewEdit: decideRest('edited'),
  reviewReject: decideRest('rejected'),
  reviewNext: openNext,
  heat: () => void (heatOn.value = !heatOn.value),
})

const entropies = shallowRef<{ id: string; map: Uint8Array | null } | null>(null)
watch([heatOn, () => selected.value?.proposalVersionId ?? null], async ([on, id]) => {
  if (!on || !id || entropies.value?.id === id) return
  const response = await fetch(entropyUrl(id)).catch(() => null)
  if (selected.value?.proposalVersionId !== id) return
  entropies.value = { id, map: response?.ok ? new Uint8Array(await response.arrayBuffer()) : null }
})
/** Whether the open case's proposal has no map of uncertainty, being older than those. */
export const heatMissing = computed(
  () =>
    entropies.value !== null &&
    entropies.value.map === null &&
    entropies.value.id === selected.value?.proposalVersionId,
)
/** What the viewer shows under the labels. */
export const heat = computed<Heat | null>(() => {
  const now = entropies.value
  if (!heatOn.value || !now?.map || now.id !== selected.value?.proposalVersionId) return null
  return { id: now.id, map: now.map, opacity: heatOpacity.value }
})
