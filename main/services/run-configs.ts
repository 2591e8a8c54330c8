/** From a wish ("fine-tune on these cases") to a run: its row in the database and its folder with config.json. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PretextTask, type LabelRegion, type Model, type Run } from '../../shared/domain/records.ts'
import {
  predictionSettings,
  type Budget,
  type Dimensions,
  type PaperOptions,
  type PaperTuning,
  type PredictConfig,
  type TrainerCase,
  type TrainerConfig,
} from '../../shared/domain/trainer.ts'
import { layout, newId, refuse, writeJson, type Library, type StoredCase } from '../library/index.ts'
import type { Context } from './context.ts'
import { hiddenCases } from './hidden-cases.ts'
import { sortCases } from './training-plan.ts'
import { requireVolume } from './volumes.ts'

export type RunSettings = {
  seed: number
  device: string
  /** null: as many as the machine has cores. */
  threads?: number | null
  /** Threads that prepare batches; absent: as many as pay. */
  batchThreads?: number
  checkpointSeconds?: number
  trainingId?: string | null
  /** For predictions: weights of the last step (the default), or those with the best validation score. */
  weights?: 'last' | 'best'
  /** For predictions: also pieces that the labelled scans have shown to be too many. */
  allPieces?: boolean
}

export const defaultCheckpointSeconds = 30

export type LabelledCase = { case: StoredCase; versionId: string }

/** What the parent does with a run's results; beside config.json, which belongs to the trainer. */
export type Purpose = {
  /** Predictions become proposals of their cases. */
  proposals: boolean
  /** How they are predicted. */
  settings?: string
  /** An evaluation says how the from-scratch way does, not the model: it is not kept as the model's. */
  twin?: boolean
  /** Nor is one of predictions that the model makes only where somebody asks for it: with other weights, or all pieces. */
  aside?: boolean
}

export async function createPretraining(
  context: Context,
  library: Library,
  wish: RunSettings & {
    cases: StoredCase[]
    /** Labelled cases on which the task "auto" compares its candidates. */
    probe: LabelledCase[]
    task: PretextTask
    recipe: 'handful' | 'paper'
    paper?: PaperOptions
    dimensions?: Dimensions
    budget: Budget
  },
): Promise<Run> {
  if (wish.cases.length === 0) refuse('Pretraining needs at least one case. Import scans first.')
  if (wish.recipe === 'paper' && (wish.task === 'restoration' || wish.task === 'auto')) {
    const tasks = PretextTask.exclude(['restoration', 'auto']).options.join(', ')
    if (wish.task === 'auto') refuse(`The automatic choice is not for the recipe "paper". Choose one of: ${tasks}.`)
    refuse(`Masked restoration is not among the paper's tasks. For the recipe "paper" choose one of: ${tasks}.`)
  }
  const run = newRun('pretrain', wish, wish.cases, { task: wish.task, recipe: wish.recipe })
  const cases = await trainerCases(context, library, wish.cases)
  const { task, recipe, paper, dimensions, budget } = wish
  return begin(library, wish, run, {
    kind: 'pretrain',
    ...common(run, wish),
    task,
    recipe,
    paper,
    dimensions,
    budget,
    checkpointSeconds: wish.checkpointSeconds ?? defaultCheckpointSeconds,
    cases,
    probe: task === 'auto' ? await labelledCases(context, library, wish.probe) : [],
    hidden: task === 'auto' ? hiddenCases(library, wish.probe) : undefined,
    labels: library.labels(),
  })
}

export async function createFinetuning(
  context: Context,
  library: Library,
  wish: RunSettings & {
    cases: LabelledCase[]
    from: Run | null
    like: Run | null
    /** Of a network from scratch that is planned from these cases alone. */
    dimensions?: Dimensions
    budget: Budget
    /** Not given: as the automatic choice of `from` found best. */
    selfTraining?: boolean
    /** For a pretraining of the recipe "paper". */
    paperTuning?: PaperTuning
  },
): Promise<Run> {
  if (wish.cases.length === 0) refuse('Fine-tuning needs at least one labelled case.')
  if (library.labels().length === 0) refuse('The project has no labels yet. Make a label set first.')
  if (wish.from && wish.from.kind !== 'pretrain')
    refuse(`${wish.from.id} is not a pretraining run. Choose one that is, or "scratch".`)
  if (wish.from && wish.from.state !== 'done') {
    refuse(
      `The pretraining ${wish.from.id} has not finished (${wish.from.state}). Resume it first, or start from "scratch".`,
    )
  }
  const run = newRun(
    'finetune',
    wish,
    wish.cases.map((entry) => entry.case),
    { fromRunId: wish.from?.id ?? null },
  )
  const cases = await labelledCases(context, library, wish.cases)
  const folderOf = (other: Run | null) => (other ? layout.runFolder(library.folder, other.id) : null)
  const learnt = new Set(run.cases)
  const watched = sortCases(library, { accepted: false }).validation.filter(({ id }) => !learnt.has(id))
  return begin(library, wish, run, {
    kind: 'finetune',
    ...common(run, wish),
    fromFolder: folderOf(wish.from),
    likeFolder: folderOf(wish.like),
    dimensions: wish.dimensions,
    watch: await labelledCases(
      context,
      library,
      watched.map((entry) => ({ case: entry, versionId: entry.labelVersionId! })),
    ),
    budget: wish.budget,
    checkpointSeconds: wish.checkpointSeconds ?? defaultCheckpointSeconds,
    cases,
    unlabelled: await casesToLabel(context, library, wish),
    selfTraining: wish.selfTraining,
    paperTuning: wish.paperTuning,
    labels: library.labels(),
  })
}

/** Training cases besides those learnt from, where self-training may want them: as scans alone, whatever labels they have. */
async function casesToLabel(
  context: Context,
  library: Library,
  wish: { cases: LabelledCase[]; from: Run | null; selfTraining?: boolean },
): Promise<TrainerCase[]> {
  if (!(wish.selfTraining ?? wish.from?.task === 'auto')) return []
  const learnt = new Set(wish.cases.map((entry) => entry.case.id))
  const { channels } = wish.cases[0].case
  const others = library
    .cases()
    .filter((entry) => entry.role === 'training' && !learnt.has(entry.id) && entry.channels === channels)
  if (wish.selfTraining && others.length === 0) {
    refuse(
      'Self-training needs training cases besides those that are learnt from. Import further scans, or leave it out.',
    )
  }
  return trainerCases(context, library, others)
}

export async function createPrediction(
  context: Context,
  library: Library,
  wish: RunSettings & Purpose & { model: Model; cases: StoredCase[]; goesOn?: boolean },
): Promise<Run> {
  const cases = await trainerCases(context, library, wish.cases)
  return createPredictionOf(library, wish, cases, wish.cases)
}

/** Prediction of scans that need not be in the project (`cases` are those that are). */
export function createPredictionOf(
  library: Library,
  wish: RunSettings & Purpose & { model: Model; goesOn?: boolean },
  sources: TrainerCase[],
  cases: StoredCase[],
): Run {
  if (sources.length === 0) refuse('There is nothing to predict.')
  const run = newRun('predict', wish, cases, { modelId: wish.model.id })
  const folder = layout.runFolder(library.folder, run.id)
  const config: PredictConfig = {
    kind: 'predict',
    ...common(run, wish),
    modelFolder: layout.runFolder(library.folder, wish.model.runId),
    entropy: wish.proposals,
    weights: wish.weights ?? 'last',
    allPieces: wish.allPieces,
    goesOn: wish.goesOn,
    labels: library.labels(),
    cases: sources.map((source) => ({ ...source, outputFile: predictionFile(folder, source.id) })),
  }
  return begin(library, wish, run, config, { proposals: wish.proposals, settings: predictionSettings(config) })
}

export async function createEvaluation(
  context: Context,
  library: Library,
  wish: RunSettings & {
    model: Model
    cases: (LabelledCase & { predictionFile: string })[]
    regions?: LabelRegion[]
  },
): Promise<Run> {
  if (wish.cases.length === 0) refuse('There is no labelled case to evaluate on.')
  const run = newRun(
    'evaluate',
    wish,
    wish.cases.map((entry) => entry.case),
    { modelId: wish.model.id },
  )
  const cases = await labelledCases(context, library, wish.cases)
  const config: TrainerConfig = {
    kind: 'evaluate',
    ...common(run, wish),
    modelId: wish.model.id,
    labels: library.labels(),
    regions: wish.regions,
    cases: cases.map((entry, n) => ({ ...entry, predictionFile: wish.cases[n].predictionFile })),
  }
  return begin(library, wish, run, config, { proposals: false, aside: predictionSettings(wish) !== '' })
}

/** Cross-validation of a model on the cases it learnt from: one fine-tuning per fold, as `like` was done. */
export async function createEstimate(
  context: Context,
  library: Library,
  wish: RunSettings & { cases: LabelledCase[]; from: Run | null; like: Run; model: Model; twin: boolean },
): Promise<Run> {
  const run = newRun(
    'evaluate',
    wish,
    wish.cases.map((entry) => entry.case),
    { modelId: wish.model.id, fromRunId: wish.from?.id ?? null },
  )
  const config: TrainerConfig = {
    kind: 'cross-validate',
    ...common(run, wish),
    modelId: wish.model.id,
    fromFolder: wish.from ? layout.runFolder(library.folder, wish.from.id) : null,
    likeFolder: layout.runFolder(library.folder, wish.like.id),
    budget: {},
    unlabelled: await casesToLabel(context, library, wish),
    watch: [], // each fold measures its own held-back cases
    checkpointSeconds: wish.checkpointSeconds ?? defaultCheckpointSeconds,
    cases: await labelledCases(context, library, wish.cases),
    hidden: hiddenCases(library, wish.cases),
    labels: library.labels(),
  }
  return begin(library, wish, run, config, { proposals: false, twin: wish.twin })
}

export const predictionFile = (runFolder: string, caseId: string) => join(runFolder, 'predictions', `${caseId}.u8.gz`)

/** The newest label version by a person of each case. Refuses, naming them, where cases have none. */
export function requireLabels(cases: readonly StoredCase[]): LabelledCase[] {
  const missing = cases.filter((entry) => entry.labelVersionId === null).map((entry) => entry.name)
  if (missing.length > 0) {
    const named = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ` and ${missing.length - 10} more` : '')
    refuse(
      `${missing.length === 1 ? 'This case has no label map' : 'These cases have no label map'}: ${named}. Label them, or import their label maps.`,
    )
  }
  return cases.flatMap((entry) => (entry.labelVersionId ? [{ case: entry, versionId: entry.labelVersionId }] : []))
}

async function trainerCases(context: Context, library: Library, cases: readonly StoredCase[]): Promise<TrainerCase[]> {
  const result: TrainerCase[] = []
  for (const entry of cases) {
    const { type, shape, spacing, affine, channels } = await requireVolume(context, library, entry.seriesId)
    const { id, name, modality } = entry
    const volumeFile = layout.volumeFile(library.folder, entry.seriesId)
    result.push({ id, name, modality, volumeFile, type, shape, spacing, affine, channels, labelFile: null })
  }
  return result
}

async function labelledCases(
  context: Context,
  library: Library,
  entries: readonly LabelledCase[],
): Promise<TrainerCase[]> {
  const cases = await trainerCases(
    context,
    library,
    entries.map((entry) => entry.case),
  )
  return cases.map((source, n) => ({ ...source, labelFile: layout.labelFile(library.folder, entries[n].versionId) }))
}

function newRun(kind: Run['kind'], settings: RunSettings, cases: readonly StoredCase[], known: Partial<Run>): Run {
  return {
    id: newId(kind),
    kind,
    state: 'queued',
    task: null,
    recipe: null,
    fromRunId: null,
    modelId: null,
    seed: settings.seed,
    cases: cases.map((entry) => entry.id),
    device: null,
    step: 0,
    steps: null,
    created: new Date().toISOString(),
    started: null,
    finished: null,
    reason: null,
    ...known,
  }
}

const common = (run: Run, settings: RunSettings) => ({
  runId: run.id,
  seed: settings.seed,
  device: settings.device,
  threads: settings.threads ?? null,
  batchThreads: settings.batchThreads,
})

/** The folder comes first: a run in the database always has one. */
function begin(
  library: Library,
  settings: RunSettings,
  run: Run,
  config: TrainerConfig,
  purpose: Purpose = { proposals: false },
): Run {
  const folder = layout.runFolder(library.folder, run.id)
  mkdirSync(folder, { recursive: true })
  writeJson(join(folder, 'config.json'), config)
  writeJson(join(folder, 'purpose.json'), purpose)
  library.insertRun(run, settings.trainingId ?? null)
  return run
}
