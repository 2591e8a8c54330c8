/** Runs one at a time, as the command line asks for them, and what the page may know of them. */
import type { Handlers } from '../../shared/api/contract.ts'
import type { PretextTask, Run } from '../../shared/domain/records.ts'
import type { Budget, Dimensions, PaperOptions, PaperTuning } from '../../shared/domain/trainer.ts'
import { refuse, type Library, type StoredCase } from '../library/index.ts'
import { openProject, requireIdle, type Context } from './context.ts'
import { createFinetuning, createPretraining, requireLabels, type RunSettings } from './run-configs.ts'
import { executeRun, type RunListener, type RunResult } from './run-execution.ts'
import { readMetrics, readPictures, readReport } from './run-results.ts'

export function runHandlers(
  context: Context,
): Pick<Handlers, 'runs.list' | 'runs.metrics' | 'runs.chance' | 'runs.pictures' | 'evaluations.get'> {
  return {
    'runs.list': () => openProject(context).runs(),
    'runs.metrics': ({ runId }) => {
      const library = openProject(context)
      return readMetrics(library, findRun(library, runId))
    },
    'runs.chance': ({ runId }) => {
      const library = openProject(context)
      return readReport(library, findRun(library, runId).id).chance ?? null
    },
    'runs.pictures': ({ runId }) => {
      const library = openProject(context)
      return readPictures(library, findRun(library, runId).id)
    },
    'evaluations.get': ({ modelId }) => openProject(context).newestEvaluation(modelId),
  }
}

export type PretrainWish = RunSettings & {
  cases: StoredCase[] | null
  /** Labelled cases on which the task "auto" compares its candidates; not given: all labelled ones among the cases. */
  probe?: StoredCase[] | null
  task: PretextTask
  recipe: 'handful' | 'paper'
  /** For the recipe `paper`; absent: as published. */
  paper?: PaperOptions
  /** 2: a network of slices. */
  dimensions?: Dimensions
  budget: Budget
}

/** Pretrains on the cases named, or on all training cases. */
export async function pretrain(context: Context, wish: PretrainWish, listener?: RunListener): Promise<RunResult> {
  requireIdle(context, 'starting another')
  const library = openProject(context)
  const cases = wish.cases ?? library.cases().filter((entry) => entry.role === 'training')
  const probe = requireLabels(wish.probe ?? cases.filter((entry) => entry.labelVersionId !== null))
  const run = await createPretraining(context, library, { ...wish, cases, probe })
  return executeRun(context, library, run.id, listener)
}

export type FinetuneWish = RunSettings & {
  cases: StoredCase[]
  from: string | null
  /** A run whose plan (and number of steps, where the budget is empty) a random start takes over. */
  like?: string | null
  /** 2: a network of slices; for a start from scratch that takes no plan over. */
  dimensions?: Dimensions
  /** Learn in the second half from the network's own labels of the other training cases; not given: as `from` chose. */
  selfTraining?: boolean
  /** For a pretraining of the recipe "paper". */
  paperTuning?: PaperTuning
  budget: Budget
}

/** Fine-tunes on labelled cases, from a pretraining run or (null) from scratch. */
export async function finetune(context: Context, wish: FinetuneWish, listener?: RunListener): Promise<RunResult> {
  requireIdle(context, 'starting another')
  const library = openProject(context)
  const from = wish.from === null ? null : findRun(library, wish.from)
  const like = wish.like ? findRun(library, wish.like) : null
  const run = await createFinetuning(context, library, { ...wish, cases: requireLabels(wish.cases), from, like })
  return executeRun(context, library, run.id, listener)
}

/** Continues a run that was cancelled, failed or interrupted. Runs of a training are continued through it, or alone. */
export async function resumeRun(context: Context, runId: string, listener?: RunListener): Promise<RunResult> {
  requireIdle(context, 'resuming this one')
  return executeRun(context, openProject(context), runId, listener)
}

export function findRun(library: Library, runId: string): Run {
  return library.run(runId) ?? refuse(`There is no run ${runId} in this project.`)
}
