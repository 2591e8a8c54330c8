/** Work that is not saved yet, kept moments after each stroke. */
import type { Draft } from '../../labelling/draft.ts'
import { project } from '../../state/session.ts'
import { find, keep } from './draftPlaces.ts'
import { askKeeper } from './keeper.ts'

type Head = Omit<Draft, 'runs'>

/** Keeps the labels in hand; resolves when they are kept wherever they can be. */
export const putDraft = (head: Head, samples: Uint8Array): Promise<void> => send(head, samples.slice())

/** The same at once, in the window: for one that is about to go, and its worker with it. */
export const putDraftNow = (head: Head, samples: Uint8Array): Promise<void> =>
  keep({ key: keyOf(head.caseId), head, samples })

/** The newest draft of a case. */
export const getDraft = (caseId: string): Promise<Draft | undefined> => find(keyOf(caseId), caseId)

export const dropDraft = (caseId: string): Promise<void> => send({ caseId, parentId: null, voxels: 0, when: 0 }, null)

/** A copy of a project has cases of the same ids. */
const keyOf = (caseId: string) => `${project.value?.folder} ${caseId}`

async function send(head: Head, samples: Uint8Array<ArrayBuffer> | null): Promise<void> {
  await askKeeper({ kind: 'draft', draft: { key: keyOf(head.caseId), head, samples } }, samples)
}
