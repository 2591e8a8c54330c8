/** The worklist: the project's cases, which one is open, and the filter. */
import { computed, ref, shallowRef } from 'vue'
import { CaseStatus, type CaseSummary, type Label } from '../../shared/domain/records.ts'
import { on, request } from '../api/index.ts'
import { filterCases } from './filter.ts'
import { inOrder, type Order } from './order.ts'
import { attempt } from './notices.ts'

export const cases = shallowRef<CaseSummary[]>([])
export const casesLoaded = ref(false)
export const labelSet = shallowRef<Label[]>([])
export const selectedId = ref<string | null>(null)
export const filter = ref('')

export const selected = computed(() => cases.value.find((c) => c.id === selectedId.value) ?? null)
/** Scans that people have labelled, or accepted a label for. */
export const labelledCount = computed(
  () => cases.value.filter(({ status }) => status === 'labelled' || status === 'accepted').length,
)

export type Status = CaseSummary['status']
/** Only cases of this status are listed; null: all. */
export const statusFilter = ref<Status | null>(null)
export const statuses: readonly Status[] = CaseStatus.options
/** How many cases there are of each status. */
export const statusCounts = computed(() => {
  const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>
  for (const one of cases.value) counts[one.status]++
  return counts
})

export const order = ref<Order>('name')

/** Cases of the chosen status that the filter lets through, in order. */
export const filtered = computed(() => {
  const only = statusFilter.value
  const some = only ? cases.value.filter((one) => one.status === only) : cases.value
  return inOrder(filterCases(some, filter.value), order.value)
})

let reading: Promise<void> | null = null
let next: Promise<void> | null = null

/**
 * Reads cases and labels anew. What it resolves with was read after the call: calls that come during a reading share one
 * more reading.
 */
export function refreshCases(): Promise<void> {
  if (!reading) return (reading = read().finally(() => (reading = null)))
  next ??= reading.then(() => {
    next = null
    return refreshCases()
  })
  return next
}

async function read(): Promise<void> {
  await attempt(async () => {
    const [list, labels] = await Promise.all([request('cases.list', undefined), request('labels.set', undefined)])
    // Found in the list as it was: the selected one may be gone.
    if (selectedId.value && !list.some((c) => c.id === selectedId.value)) selectedId.value = neighbourIn(list)
    cases.value = list
    labelSet.value = labels
    casesLoaded.value = true
    if (!selectedId.value && list.length)
      selectedId.value = (list.find((c) => c.labelVersionId) ?? inOrder(list, order.value)[0]).id
  })
}

/** The scan after the selected one, else before it, in the list on screen, that is in `list` too. */
function neighbourIn(list: readonly CaseSummary[]): string | null {
  const at = filtered.value.findIndex((c) => c.id === selectedId.value)
  const still = new Set(list.map((c) => c.id))
  const near = [...filtered.value.slice(at + 1), ...filtered.value.slice(0, Math.max(0, at)).reverse()]
  return near.find((c) => still.has(c.id))?.id ?? null
}

export function resetCases(): void {
  cases.value = []
  labelSet.value = []
  casesLoaded.value = false
  selectedId.value = null
  filter.value = ''
  statusFilter.value = null
}

export function listenToCases(): void {
  on('cases.changed', () => void refreshCases())
}

/** Selects the case `delta` rows away in the filtered list. */
export function moveSelection(delta: number): void {
  const rows = filtered.value
  if (!rows.length) return
  const at = rows.findIndex((c) => c.id === selectedId.value)
  selectedId.value = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + delta))].id
}

/** False (and a notice) when it was refused. */
export async function setRole(caseIds: string[], role: CaseSummary['role']): Promise<boolean> {
  const done = await attempt(async () => {
    await request('cases.setRole', { caseIds, role })
    await refreshCases()
    return true
  })
  return done === true
}
