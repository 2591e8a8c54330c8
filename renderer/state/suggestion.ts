/** Which scan to label next, and why; asked for anew shortly after the cases have changed. */
import { computed, shallowRef, watch } from 'vue'
import type { Suggestion } from '../../shared/domain/records.ts'
import { request } from '../api/index.ts'
import { figure, words } from '../words/index.ts'
import { cases } from './cases.ts'

export const suggestion = shallowRef<Suggestion | null>(null)

/** The suggested case, and the reason as a sentence; null where there is nothing to suggest. */
export const nextToLabel = computed(() => {
  // The answer may be older than the list: it must still be open.
  const one = cases.value.find(
    ({ id, role, status }) =>
      id === suggestion.value?.caseId && role === 'training' && status !== 'labelled' && status !== 'accepted',
  )
  return one && suggestion.value ? { id: one.id, name: one.name, why: whyOf(suggestion.value.reason) } : null
})

function whyOf(reason: Suggestion['reason']): string {
  const why = words.next.why
  switch (reason.kind) {
    case 'typical':
      return why.typical(reason.of)
    case 'different':
      return why.different(reason.standsFor)
    case 'unsure':
      return why.unsure(figure(reason.uncertainty, 2), figure(reason.median, 2))
    case 'nothing-found':
      return why.nothingFound
    case 'rejected':
      return why.rejected
    case 'first':
      return why.first
  }
}

let timer: ReturnType<typeof setTimeout> | undefined
watch(cases, () => {
  clearTimeout(timer)
  if (!cases.value.length) return void (suggestion.value = null)
  // A convenience: while the program is busy or gone, the last one stays.
  timer = setTimeout(async () => (suggestion.value = await request('cases.suggest', undefined).catch(() => null)), 400)
})
