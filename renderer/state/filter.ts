/** Searching the worklist. */
import type { CaseSummary } from '../../shared/domain/records.ts'
import { words } from '../words/index.ts'

/** Cases whose name, modality, status or role contains every word of `text`; all of them where it has none. */
export function filterCases(cases: readonly CaseSummary[], text: string): readonly CaseSummary[] {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (!wanted.length) return cases
  return cases.filter((c) => {
    const role = c.role === 'validation' ? words.cases.validation : ''
    const said = `${c.name} ${c.modality} ${words.cases.status[c.status]} ${role}`.toLowerCase()
    return wanted.every((w) => said.includes(w))
  })
}
