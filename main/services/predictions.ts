/** Predicting with a model, and measuring it against labels. */
import type { Handlers } from '../../shared/api/contract.ts'
import type { Evaluation, LabelRegion, Model } from '../../shared/domain/records.ts'
import { predictionSettings } from '../../shared/domain/trainer.ts'
import { layout, refuse, type Library, type StoredCase } from '../library/index.ts'
import { openProject, requireIdle, type Context } from './context.ts'
import { JobCancelled } from './jobs.ts'
import { createEvaluation, createPrediction, requireLabels, type RunSettings } from './run-configs.ts'
import { executeRun, type RunListener, type RunResult } from './run-execution.ts'
import { findCase } from './volumes.ts'

export function predictionHandlers(context: Context): Pick<Handlers, 'predict.start'> {
  return {
    'predict.start': ({ modelId, caseIds }) => {
      const library = openProject(context)
      requireIdle(context, 'predicting')
      const model = findModel(library, modelId)
      const cases = caseIds.map((id) => findCase(library, id))
      const job = context.jobs.start('predict', 'Predicting', async (job) => {
        job.onCancel(() => context.activeRun?.cancel())
        const listener: RunListener = { progress: (stage, done, total, eta) => job.progress(stage, done, total, eta) }
        const run = await createPrediction(context, library, { seed: 0, device: 'auto', model, cases, proposals: true })
        if (job.cancelled) throw new JobCancelled('Cancelled.')
        const result = await executeRun(context, library, run.id, listener)
        const made = `${result.predictions.size} of ${cases.length} cases predicted.`
        if (result.run.state === 'cancelled' || result.run.state === 'interrupted')
          throw new JobCancelled(`Cancelled; ${made}`)
        if (result.run.state !== 'done') refuse(`${result.run.reason ?? 'Predicting failed.'} (${made})`)
        return made
      })
      return { jobId: job.id }
    },
  }
}

/** Predicts cases and keeps the results as proposals: labels are never touched. */
export async function predictCases(
  context: Context,
  wish: RunSettings & { modelId: string; cases: StoredCase[] },
  listener?: RunListener,
): Promise<RunResult> {
  requireIdle(context, 'predicting')
  const library = openProject(context)
  const model = findModel(library, wish.modelId)
  const run = await createPrediction(context, library, { ...wish, model, proposals: true })
  return executeRun(context, library, run.id, listener)
}

/** result.evaluation is null unless the run is done. */
export type EvaluationResult = { run: RunResult['run']; evaluation: Evaluation | null }

/**
 * Measures a model on labelled cases. Cases with a proposal that this very model made in this very way are not predicted again;
 * those that can’t be predicted are left out, which the listener is told, unless none can be.
 */
export async function evaluateModel(
  context: Context,
  wish: RunSettings & { modelId: string; cases: StoredCase[]; regions?: LabelRegion[] },
  listener?: RunListener,
): Promise<EvaluationResult> {
  requireIdle(context, 'evaluating')
  const library = openProject(context)
  const model = findModel(library, wish.modelId)
  const labelled = requireLabels(wish.cases)
  const settings = predictionSettings({ ...wish, labels: library.labels() })
  const predicted = new Map<string, string>()
  for (const entry of wish.cases) {
    const proposal = library.newestLabelVersion(entry.id, 'proposal')
    const same = proposal?.modelId === model.id && (proposal.settings ?? '') === settings
    if (same) predicted.set(entry.id, layout.labelFile(library.folder, proposal.id))
  }
  const missing = wish.cases.filter((entry) => !predicted.has(entry.id))
  if (missing.length > 0) {
    const purpose = { model, cases: missing, proposals: false, goesOn: true }
    const run = await createPrediction(context, library, { ...wish, ...purpose })
    const { run: ended, predictions } = await executeRun(context, library, run.id, listener)
    const goesOn = ended.state === 'done' || (ended.state === 'failed' && predicted.size > 0)
    if (!goesOn) return { run: ended, evaluation: null }
    if (ended.state === 'failed') listener?.notice?.(ended.reason ?? 'Predicting failed.')
    for (const [id, file] of predictions) predicted.set(id, file)
  }
  const cases = labelled.flatMap((entry) => {
    const file = predicted.get(entry.case.id)
    return file === undefined ? [] : [{ ...entry, predictionFile: file }]
  })
  const run = await createEvaluation(context, library, { ...wish, model, cases })
  const { run: ended, evaluation } = await executeRun(context, library, run.id, listener)
  return { run: ended, evaluation }
}

/** A model by id, or by the id of the fine-tuning run that made it. */
export function findModel(library: Library, id: string): Model {
  const found = library.model(id) ?? library.models().find((model) => model.runId === id)
  if (found) return found
  const [newest] = library.models()
  return refuse(
    `There is no model ${id} in this project. ${newest ? `The newest is ${newest.id}.` : 'Fine-tune one first.'}`,
  )
}
