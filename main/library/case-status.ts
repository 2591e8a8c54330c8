/** Where a case stands, from its newest label, its newest proposal and what people decided about that. */
import type { CaseSummary, ReviewDecision } from '../../shared/domain/records.ts'

export type Standing = Pick<CaseSummary, 'status' | 'undecided' | 'inReview'>

/**
 * values: the labels that occur; byModel: nothing in it was drawn by a person; partial: slices are unknown still; imported:
 * it came as a file, so that one without a label says that there is nothing to find. null where there is no such version.
 */
export type NewestLabel = {
  values: readonly number[]
  byModel: boolean
  partial: boolean
  imported?: boolean
} | null
export type NewestProposal = {
  values: readonly number[]
  /** By label value; 0 stands for a proposal that marks nothing. */
  decisions: ReadonlyMap<number, ReviewDecision>
} | null

export function standingOf(label: NewestLabel, proposal: NewestProposal): Standing {
  // Where a person has taken everything out again, nothing is labelled.
  const there = label !== null && (label.values.length > 0 || label.partial || label.imported === true)
  const own: CaseSummary['status'] | null = !there
    ? null
    : label.partial
      ? 'started'
      : label.byModel
        ? 'accepted'
        : 'labelled'
  if (proposal === null) return { status: own ?? 'unlabelled', undecided: [], inReview: false }
  const values = proposal.values.length > 0 ? proposal.values : [0]
  const decisionOf = (value: number) => proposal.decisions.get(value) ?? 'undecided'
  const undecided = values.filter((value) => decisionOf(value) === 'undecided')
  const inReview = undecided.length > 0 && undecided.length < values.length
  if (inReview) return { status: 'proposed', undecided, inReview }
  if (undecided.length === 0) {
    const taken = values.some((value) => decisionOf(value) !== 'rejected')
    if (!taken) return { status: label?.values.length ? own! : 'rejected', undecided, inReview }
    return { status: own ?? (label ? 'unlabelled' : 'accepted'), undecided, inReview }
  }
  // Nobody has begun: a label that is there was drawn without it; an empty one is what taking a decision back leaves.
  return { status: label?.values.length ? own! : 'proposed', undecided, inReview }
}
