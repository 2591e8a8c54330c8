import { expect, test } from 'vitest'
import type { ReviewDecision } from '../../shared/domain/records.ts'
import { standingOf } from './case-status.ts'

const proposal = (decisions: Record<number, ReviewDecision> = {}, values = [1, 2]) => ({
  values,
  decisions: new Map(Object.entries(decisions).map(([value, decision]) => [Number(value), decision])),
})
const drawn = (...values: number[]) => ({ values, byModel: false, partial: false })
const begun = { ...drawn(1), partial: true }
const taken = (...values: number[]) => ({ values, byModel: true, partial: false })

test.each([
  ['nothing there', null, null, 'unlabelled', []],
  ['a label alone', drawn(1), null, 'labelled', []],
  ['a label of some slices', begun, null, 'started', []],
  ['a label of some slices, and a proposal', begun, proposal(), 'started', [1, 2]],
  ['a label that was emptied', drawn(), null, 'unlabelled', []],
  [
    'an empty label that was imported: a scan without the structure',
    { ...drawn(), imported: true },
    null,
    'labelled',
    [],
  ],
  ['all accepted, then emptied', drawn(), proposal({ 1: 'accepted', 2: 'accepted' }), 'unlabelled', []],
  ['a fresh proposal', null, proposal(), 'proposed', [1, 2]],
  ['a proposal for a scan that a person has labelled', drawn(1), proposal(), 'labelled', [1, 2]],
  ['one label decided, one not', taken(1), proposal({ 1: 'accepted' }), 'proposed', [2]],
  ['all accepted as they were', taken(1, 2), proposal({ 1: 'accepted', 2: 'accepted' }), 'accepted', []],
  ['accepted, then drawn over', drawn(1, 2), proposal({ 1: 'edited', 2: 'accepted' }), 'labelled', []],
  ['all rejected', null, proposal({ 1: 'rejected', 2: 'rejected' }), 'rejected', []],
  ['rejected, then drawn by hand', drawn(1), proposal({ 1: 'rejected', 2: 'rejected' }), 'labelled', []],
  ['accepted and taken back', drawn(), proposal({ 1: 'undecided', 2: 'undecided' }), 'proposed', [1, 2]],
  ['an empty proposal', null, proposal({}, []), 'proposed', [0]],
  ['an empty proposal, rejected', null, proposal({ 0: 'rejected' }, []), 'rejected', []],
  ['a new proposal for a scan whose label was accepted before', taken(1), proposal(), 'accepted', [1, 2]],
] as const)('%s', (_, label, proposed, status, undecided) => {
  const standing = standingOf(label, proposed)
  expect(standing).toMatchObject({ status, undecided })
  expect(standing.inReview).toBe(undecided.length === 1 && proposed!.values.length === 2)
})
