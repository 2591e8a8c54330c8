/**
 * How good is a model when no case was kept for validation? Each labelled case is predicted by a model that was made the
 * same way, but without that case's label: leave-one-out below five cases, else five folds.
 */
import type { CaseScore, Evaluation } from '../../shared/domain/records.ts'
import { random } from '../../shared/domain/random.ts'
import { mostFolds, type CrossValidateConfig, type HiddenCases, type TrainerCase } from '../../shared/domain/trainer.ts'
import { evaluationOf, measureCase } from './evaluate.ts'
import { finetune } from './finetune.ts'
import { TrainingError, type Host } from './host.ts'
import { openPredictor, readModel } from './predict.ts'

/** Fold of each of `count` cases, 0 to folds - 1, as even as can be, drawn by the seed. */
export function drawFolds(count: number, seed: number): number[] {
  const folds = Math.min(count, mostFolds)
  return random(seed, 'folds').shuffle(Array.from({ length: count }, (_, i) => i % folds))
}

/** Which cases are hidden in turn, unless a config says it: each by itself. */
export const hiddenIn = (cases: readonly TrainerCase[], hidden?: readonly HiddenCases[]): readonly HiddenCases[] =>
  hidden ?? cases.map(({ id }) => ({ cases: [id], measured: [id] }))

/** The folds of some cases: which are measured on in each, which learnt from, and where it works in the run's folder. */
export function foldsOf(cases: readonly TrainerCase[], hidden: readonly HiddenCases[] | undefined, seed: number) {
  const groups = hiddenIn(cases, hidden)
  const foldOf = drawFolds(groups.length, seed)
  return Array.from({ length: Math.max(...foldOf) + 1 }, (_, fold) => {
    const out = groups.filter((_, i) => foldOf[i] === fold)
    const [withheld, measured] = [out.flatMap((group) => group.cases), out.flatMap((group) => group.measured)]
    return {
      held: cases.filter(({ id }) => measured.includes(id)),
      learnt: cases.filter(({ id }) => !withheld.includes(id)),
      folder: `fold-${fold + 1}`,
    }
  })
}

/** Each fold has a folder of its own in the run's, with its checkpoint: a resumed run goes on where it was. */
export async function crossValidate(config: CrossValidateConfig, host: Host): Promise<Evaluation> {
  if (hiddenIn(config.cases, config.hidden).length < 2) {
    throw new TrainingError('An estimate needs at least two labelled cases: one to learn from, one to measure on.')
  }
  const folds = foldsOf(config.cases, config.hidden, config.seed)
  const cases: CaseScore[] = []
  for (const [fold, { held, learnt, folder }] of folds.entries()) {
    const inFold = foldHost(host, folder, fold, folds.length)
    const { kind: _, modelId: __, hidden: ___, ...rest } = config
    await finetune({ ...rest, kind: 'finetune', cases: learnt }, inFold)
    const model = await readModel(inFold.run)
    const predictor = await openPredictor(model, config.device, config.threads ?? host.cores)
    try {
      for (const source of held) {
        const predicted = await predictor.labels(source, host).catch(tooLarge)
        if (predicted) cases.push(await measureCase(config.labels, source, predicted, host))
      }
    } finally {
      await predictor.session.close()
    }
  }
  return evaluationOf(config.modelId, 'cross-validation', cases)
}

/** A scan that can't be predicted measures nothing; the others do. */
function tooLarge(error: unknown): null {
  if (error instanceof TrainingError) return null
  throw error
}

/** The same host, working in the fold's folder; progress counts over all folds. */
function foldHost(host: Host, folder: string, fold: number, folds: number): Host {
  return {
    ...host,
    run: host.run.inside(folder),
    tell(message) {
      if (message.type === 'progress') {
        if (message.stage !== 'Fine-tuning') return
        const { done, total, etaSeconds } = message
        host.tell({
          type: 'progress',
          stage: `Estimating, round ${fold + 1} of ${folds}`,
          done: fold * total + done,
          total: folds * total,
          etaSeconds:
            etaSeconds === null
              ? null
              : Math.round(etaSeconds * (1 + ((folds - fold - 1) * total) / Math.max(1, total - done))),
        })
      } else if (message.type === 'device') host.tell(message)
      // Curves and notices of single folds would be taken for those of the model itself.
    },
  }
}
