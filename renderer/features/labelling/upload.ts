/** Sends a label map to the program. */
import { ApiError, labelUrl, LabelSaved } from '../../../shared/api/contract.ts'
import { words } from '../../words/index.ts'
import { askKeeper } from './keeper.ts'

/** Rejects with an `ApiError` whose sentence can be shown. The samples are given away. */
export async function uploadLabels(
  caseId: string,
  parentId: string | null,
  samples: Uint8Array<ArrayBuffer>,
): Promise<LabelSaved> {
  const answer = await askKeeper({ kind: 'labels', url: labelUrl(caseId, parentId), samples }, samples)
  if (!answer) throw new ApiError('refused', words.connection.refused)
  if (!answer.ok) throw new ApiError('refused', answer.text || words.labelling.notSaved)
  return LabelSaved.parse(JSON.parse(answer.text))
}
