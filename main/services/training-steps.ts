/** The steps of a training as runs: each made when its turn comes, from the cases as they were at the start. */
import { existsSync } from 'node:fs'
import type { StageKey } from '../../shared/api/contract.ts'
import type { Run } from '../../shared/domain/records.ts'
import {
  layout,
  refuse,
  type Library,
  type StoredCase,
  type StoredTraining,
  type TrainingStep,
} from '../library/index.ts'
import type { Context } from './context.ts'
import {
  createEstimate,
  createEvaluation,
  createFinetuning,
  createPrediction,
  createPretraining,
  predictionFile,
  type LabelledCase,
} from './run-configs.ts'
import { readChoice, type ChoiceTaken } from './run-results.ts'
import { hiddenCases } from './hidden-cases.ts'
import { foldCount, minutesForFinetuning, splitMinutes, twinOf } from './training-plan.ts'

const secondsOf = (training: StoredTraining, key: StageKey) =>
  training.stages.find((stage) => stage.key === key)?.seconds ?? 0

/** Rounds of the cross-validation that stands in where no case was kept for validation. */
const foldsOf = (library: Library, { cases }: StoredTraining) =>
  foldCount(hiddenCases(library, labelledAmong(library, cases.labelled)).length, cases.validation.length)

const labelledAmong = (library: Library, entries: StoredTraining['cases']['labelled']): LabelledCase[] =>
  entries.flatMap(({ caseId, versionId }) => {
    const entry = library.case(caseId)
    return entry ? [{ case: entry, versionId }] : []
  })

/** What the automatic choice took; null where there was none, or none yet. */
export const choiceOf = (library: Library, { runs }: StoredTraining): ChoiceTaken | null =>
  runs.pretrain ? readChoice(library, runs.pretrain) : null

/** The run of a step, made when its turn comes; null where there is nothing to do. */
export async function requireRun(
  context: Context,
  library: Library,
  training: StoredTraining,
  step: TrainingStep,
): Promise<Run | null> {
  const id = training.runs[step]
  const existing = id ? library.run(id) : null
  if (existing) return existing
  const run = await createRun(context, library, training, step)
  if (run) training.runs[step] = run.id
  return run
}

async function createRun(
  context: Context,
  library: Library,
  training: StoredTraining,
  step: TrainingStep,
): Promise<Run | null> {
  const { request, cases } = training
  const { seed, device } = request
  const settings = { seed, device, trainingId: training.id }
  const pick = (ids: string[]): StoredCase[] => ids.flatMap((id) => library.case(id) ?? [])
  const pickLabelled = (entries: StoredTraining['cases']['labelled']) => labelledAmong(library, entries)
  const runOf = (other: TrainingStep): Run => {
    const id = training.runs[other]
    return (
      (id ? library.run(id) : null) ?? refuse('An earlier stage of this training is missing. Start a new training.')
    )
  }
  const modelOf = (other: 'finetune' | 'scratch') => {
    const { modelId } = runOf(other)
    return (
      (modelId ? library.model(modelId) : null) ??
      refuse('The model of this training is missing. Start a new training.')
    )
  }
  /** Those that could be. */
  const predicted = (other: 'predict' | 'predictScratch') =>
    pickLabelled(cases.validation)
      .map((entry) => ({
        ...entry,
        predictionFile: predictionFile(layout.runFolder(library.folder, runOf(other).id), entry.case.id),
      }))
      .filter(({ predictionFile }) => existsSync(predictionFile))
  const measure = (trained: 'finetune' | 'scratch', by: 'predict' | 'predictScratch') => {
    const found = predicted(by)
    if (found.length === 0) return null
    return createEvaluation(context, library, { ...settings, model: modelOf(trained), cases: found })
  }
  const validation = cases.validation.length > 0
  const folds = foldsOf(library, training)
  const twinWanted = twinOf(request, cases.validation.length, folds)
  /** A training from scratch is its own twin; the time for one is better spent on it. */
  const twin = () => twinWanted && !choiceOf(library, training)?.nothing

  switch (step) {
    case 'pretrain': {
      const { task, recipe } = request
      return createPretraining(context, library, {
        ...settings,
        cases: pick(cases.pool),
        probe: pickLabelled(cases.labelled),
        task,
        recipe,
        budget: { minutes: splitMinutes(request.minutes, twinWanted, folds).pretrain },
      })
    }
    case 'finetune':
      return createFinetuning(context, library, {
        ...settings,
        cases: pickLabelled(cases.labelled),
        from: runOf('pretrain'),
        like: null,
        budget: {
          minutes: minutesForFinetuning(request.minutes, twin(), secondsOf(training, 'pretrain'), folds),
        },
      })
    case 'scratch':
      if (!twin() || !validation) return null
      // No budget of its own: it takes over its sibling's number of steps.
      return createFinetuning(context, library, {
        ...settings,
        cases: pickLabelled(cases.labelled),
        from: null,
        like: runOf('finetune'),
        selfTraining: false,
        budget: {},
      })
    case 'predict':
      if (cases.predict.length === 0) return null
      return createPrediction(context, library, {
        ...settings,
        model: modelOf('finetune'),
        cases: pick(cases.predict),
        proposals: true,
        goesOn: true,
      })
    case 'predictScratch': {
      if (!twin() || !validation) return null
      const measured = pickLabelled(cases.validation).map((entry) => entry.case)
      return createPrediction(context, library, {
        ...settings,
        model: modelOf('scratch'),
        cases: measured,
        proposals: false,
        goesOn: true,
      })
    }
    case 'evaluate':
      return validation ? measure('finetune', 'predict') : null
    case 'evaluateScratch':
      return twin() && validation ? measure('scratch', 'predictScratch') : null
    case 'estimate':
    case 'estimateScratch': {
      const ofTwin = step === 'estimateScratch'
      if (folds === 0 || (ofTwin && !twin())) return null
      return createEstimate(context, library, {
        ...settings,
        cases: pickLabelled(cases.labelled),
        from: ofTwin ? null : runOf('pretrain'),
        like: runOf('finetune'),
        model: modelOf('finetune'),
        twin: ofTwin,
      })
    }
  }
}
