/** The models of the open project. */
import { shallowRef, watch } from 'vue'
import { ApiError, modelUrl, type ModelDetails } from '../../../shared/api/contract.ts'
import { ModelEntry } from '../../../shared/domain/records.ts'
import { request } from '../../api/index.ts'
import { cases } from '../../state/cases.ts'
import { followJob } from '../../state/jobs.ts'
import { attempt, tell } from '../../state/notices.ts'
import { training } from '../../state/training.ts'
import { words } from '../../words/index.ts'

export const models = shallowRef<ModelEntry[] | null>(null)
export const details = shallowRef<ModelDetails | null>(null)

export const refreshModels = () => attempt(async () => void (models.value = await request('models.list', undefined)))
watch(
  () => training.value?.modelId,
  // None: also once the project is closed.
  (modelId) => modelId && void refreshModels(),
)

export async function showDetails(modelId: string | null): Promise<void> {
  details.value = modelId ? await attempt(() => request('models.details', { modelId })) : null
}

export const change = (name: 'models.use' | 'models.remove' | 'models.restore' | 'models.purge', modelId: string) =>
  attempt(async () => {
    models.value = await request(name, { modelId })
    if (details.value?.model.id === modelId && name !== 'models.use') details.value = null
  })

/** Lets a model propose labels for every scan that nobody has labelled. Returns the job's id. */
export const propose = (modelId: string) =>
  attempt(async () => {
    const caseIds = cases.value
      .filter(({ status, inReview }) => !inReview && status !== 'labelled' && status !== 'accepted')
      .map(({ id }) => id)
    if (caseIds.length === 0) return void tell(words.models.nothingToPropose, 'good')
    const { jobId } = await request('predict.start', { modelId, caseIds })
    followJob(jobId)
    return jobId
  })

/** Writes a model into a folder; tells where it is. */
export const exportTo = (modelId: string, folder: string, as: 'file' | 'onnx') =>
  attempt(async () => {
    const { file } =
      as === 'onnx'
        ? await request('models.exportOnnx', { modelId, path: folder, weights: 'last' })
        : await request('models.export', { modelId, folder })
    tell(words.models.written(file), 'good')
  })

export const importFile = (file: File) =>
  attempt(async () => {
    const response = await fetch(modelUrl(file.size), {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body: file,
    }).catch(() => null)
    if (!response) throw new ApiError('refused', words.connection.refused)
    if (!response.ok) throw new ApiError('refused', (await response.text().catch(() => '')) || words.models.notTaken)
    models.value = ModelEntry.array().parse(await response.json())
    tell(words.models.imported(file.name), 'good')
  })
