/** A training from start to end: pretrain, fine-tune, its from-scratch twin, predict, measure. Each step is a run. */
import type { StageKey } from '../../shared/api/contract.ts'
import type { Run } from '../../shared/domain/records.ts'
import type { Library, StoredTraining, TrainingStep } from '../library/index.ts'
import { openProject, type Context } from './context.ts'
import { executeRun, type RunListener, type RunResult } from './run-execution.ts'
import { choiceOf, requireRun } from './training-steps.ts'
import { readTwinEvaluation } from './run-results.ts'
import { sawHidden, verdict } from './verdict.ts'

const stepsOf: Record<StageKey, TrainingStep[]> = {
  pretrain: ['pretrain'],
  finetune: ['finetune'],
  scratch: ['scratch'],
  predict: ['predict', 'predictScratch'],
  evaluate: ['evaluate', 'evaluateScratch', 'estimate', 'estimateScratch'],
}

type Stage = StoredTraining['stages'][number]

/** Drives a training to its end (done, failed, cancelled or interrupted), skipping what an earlier drive has done. */
export async function driveTraining(
  context: Context,
  training: StoredTraining,
  stopWanted: () => Stop | null,
): Promise<void> {
  const library = openProject(context)
  const tell = () => context.events.emit('training.changed', structuredClone(training))
  const save = () => {
    library.saveTraining(training)
    tell()
  }
  training.state = 'running'
  training.message = ''
  save()
  for (const stage of training.stages) {
    if (stage.state === 'done' || stage.state === 'skipped') continue
    const end = await driveStage(context, library, training, stage, stopWanted, save, tell)
    stage.state = end.state
    stage.etaSeconds = null
    if ('message' in end) {
      training.state = end.state
      training.message = end.message
      return save()
    }
    stage.note = noteOn(library, training, stage.key)
    stage.notices = stage.notices?.filter(({ text }) => text !== stage.note)
    save()
  }
  training.state = 'done'
  const warnings = training.stages.flatMap(({ notices = [] }) => notices.filter(({ warning }) => warning))
  const notes = [...training.stages.flatMap(({ note }) => note ?? []), ...warnings.map(({ text }) => text)]
  training.message = [verdict(training.evaluation, training.scratchEvaluation), ...notes].join(' ')
  save()
}

/** A model whose case is hidden must not start from weights that know its label. */
const tooLow =
  'The score was measured without that pretraining, which knows the label of every labelled case: it is rather too low.'

/** Where a twin was wanted. */
const ownTwin = 'There is no twin to compare with: this training itself started from scratch.'

function noteOn(library: Library, training: StoredTraining, key: StageKey): string | undefined {
  const choice = choiceOf(library, training)
  if (key === 'pretrain') return choice?.reason
  if (key !== 'evaluate') return undefined
  if (choice?.nothing && training.request.twin) return ownTwin
  if (training.evaluation?.method !== 'cross-validation') return undefined
  if (choice?.knowsLabels) return tooLow
  return training.evaluation.seenInPretraining.length > 0 ? sawHidden : undefined
}

/** Why the user wants it to stop. Both leave a checkpoint. */
export type Stop = 'cancelled' | 'paused'

type StageEnd = { state: 'done' | 'skipped' } | { state: 'failed' | 'interrupted' | Stop; message: string }

async function driveStage(
  context: Context,
  library: Library,
  training: StoredTraining,
  stage: Stage,
  stopWanted: () => Stop | null,
  save: () => void,
  tell: () => void,
): Promise<StageEnd> {
  const before = stage.seconds
  const began = performance.now()
  const clock = () => (stage.seconds = Math.round(before + (performance.now() - began) / 1000))
  stage.state = 'running'
  // What the stage before was at last.
  training.message = ''
  let steps = 0
  try {
    for (const step of stepsOf[stage.key]) {
      if (stopWanted()) return stopped(context, stopWanted())
      const run = await requireRun(context, library, training, step)
      if (!run) continue
      if (stopWanted()) return stopped(context, stopWanted())
      steps++
      stage.runId ??= run.id
      save()
      const result =
        run.state === 'done'
          ? finished(library, run)
          : await executeRun(context, library, run.id, listen(training, stage, clock, tell))
      if (result.run.state !== 'done') {
        const { state, reason } = result.run
        if (state !== 'failed' && state !== 'interrupted') return stopped(context, stopWanted())
        return { state, message: reason ?? 'It can be resumed where it stopped.' }
      }
      keep(training, step, result)
    }
    return { state: steps > 0 ? 'done' : 'skipped' }
  } catch (error) {
    return { state: 'failed', message: error instanceof Error ? error.message : String(error) }
  } finally {
    clock()
  }
}

function stopped(context: Context, how: Stop | null): StageEnd {
  if (context.closing)
    return { state: 'interrupted', message: 'Handful was closed while this was running. It can be resumed.' }
  if (how === 'paused')
    return { state: 'paused', message: 'Paused. Processor and memory are free until it is resumed.' }
  return { state: 'cancelled', message: 'Cancelled. It can be resumed where it stopped.' }
}

function listen(training: StoredTraining, stage: Stage, clock: () => void, tell: () => void): RunListener {
  return {
    progress(what, done, total, etaSeconds) {
      clock()
      Object.assign(stage, { done, total, etaSeconds })
      training.message = what
      tell()
    },
    device(name) {
      training.device = name
      tell()
    },
    notice(text, warning = false) {
      // The twin, or a resumed run, says the same again.
      const said = training.stages.some(
        ({ note, notices = [] }) => note === text || notices.some((n) => n.text === text),
      )
      if (said) return
      stage.notices = [...(stage.notices ?? []), { text, warning }]
      tell()
    },
  }
}

/** The result of a run that an earlier drive brought to its end. */
function finished(library: Library, run: Run): RunResult {
  const evaluation = run.kind === 'evaluate' ? (readTwinEvaluation(library, run.id) ?? newestOf(library, run)) : null
  return { run, predictions: new Map(), evaluation }
}

const newestOf = (library: Library, run: Run) => (run.modelId ? library.newestEvaluation(run.modelId) : null)

function keep(training: StoredTraining, step: TrainingStep, { run, evaluation }: RunResult): void {
  if (step === 'finetune') training.modelId = run.modelId
  if (step === 'scratch') training.scratchModelId = run.modelId
  if (step === 'evaluate' || step === 'estimate') training.evaluation = evaluation
  if (step === 'evaluateScratch' || step === 'estimateScratch') training.scratchEvaluation = evaluation
}
