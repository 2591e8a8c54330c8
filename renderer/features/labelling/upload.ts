/** Sends a label map to the program. */
import { ApiError, labelUrl, LabelSaved } from '../../../shared/api/contract.ts'
import { words } from '../../words/index.ts'

/** Rejects with an `ApiError` whose sentence can be shown. */
export async function uploadLabels(
  caseId: string,
  parentId: string | null,
  samples: Uint8Array<ArrayBuffer>,
): Promise<LabelSaved> {
  const response = await fetch(labelUrl(caseId, parentId), {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: samples,
  }).catch(() => null)
  if (!response) throw new ApiError('refused', words.connection.refused)
  if (!response.ok) throw new ApiError('refused', (await response.text().catch(() => '')) || words.labelling.notSaved)
  return LabelSaved.parse(await response.json())
}
