/** What people make of proposals: decisions are kept, whoever took them and when. Label maps are saved as ever. */
import type { Handlers } from '../../shared/api/contract.ts'
import { readLabelFile, refuse, type Library } from '../library/index.ts'
import { openProject, type Context } from './context.ts'
import { personOf } from './person.ts'
import { findCase } from './volumes.ts'

export function reviewHandlers(context: Context): Pick<Handlers, 'reviews.list' | 'reviews.decide'> {
  return {
    'reviews.list': ({ caseId }) => {
      const library = openProject(context)
      return library.reviews(findCase(library, caseId).id)
    },
    'reviews.decide': ({ proposalId, values, decision }) => {
      const library = openProject(context)
      const proposal = library.labelVersion(proposalId)
      if (proposal?.kind !== 'proposal') refuse('This proposal is not in the project any more. Reload the page.')
      if (library.case(proposal.caseId)?.proposalVersionId !== proposalId)
        refuse('A newer proposal has come for this scan meanwhile. Look at it first.')
      const known = new Set(proposal.volumes.map(({ value }) => value))
      const foreign = values.find((value) => !known.has(value) && !(value === 0 && known.size === 0))
      if (foreign !== undefined) refuse(`The proposal has no label ${foreign}.`)
      const created = new Date().toISOString()
      const author = personOf(context)
      library.transaction(() => {
        for (const value of values) library.insertReview({ proposalId, value, decision, author, created })
      })
      context.casesChanged()
      return library.reviews(proposal.caseId)
    },
  }
}

/**
 * The model of the case's newest proposal where a map holds nothing but what was accepted of it; null where a person drew
 * something, or nothing was accepted.
 */
export function modelBehind(library: Library, caseId: string, samples: Uint8Array): string | null {
  const proposal = library.newestLabelVersion(caseId, 'proposal')
  if (!proposal?.modelId) return null
  const accepted = library
    .reviews(caseId)
    .some(
      ({ proposalId, decision }) => proposalId === proposal.id && (decision === 'accepted' || decision === 'edited'),
    )
  if (!accepted || samples.every((value) => value === 0)) return null
  const proposed = readLabelFile(library.folder, proposal)
  return samples.every((value, n) => value === 0 || value === proposed[n]) ? proposal.modelId : null
}
