/** What a press of Train will do: which cases, which stages, how the time is split. */
import type { TrainingEstimate, TrainingRequest } from '../../shared/api/contract.ts'
import { mostFolds } from '../../shared/domain/trainer.ts'
import type { Library, StoredCase } from '../library/index.ts'
import { count } from './count.ts'
import { hiddenCases } from './hidden-cases.ts'
import { estimateMemory } from './training-memory.ts'

/**
 * Shares of the time. The rest is for predicting and measuring, whose time the data decide. With validation cases the twin
 * is one more fine-tuning; without, the estimate is one for each fold, twice with a twin.
 */
const shares = {
  withTwin: { pretrain: 0.35, tuning: 0.56, rest: 0.09 },
  alone: { pretrain: 0.45, tuning: 0.43, rest: 0.12 },
}

/** Folds of the cross-validation: none where there are validation cases, or a single one that can be hidden. */
export function foldCount(hidden: number, validation: number): number {
  return validation > 0 || hidden < 2 ? 0 : Math.min(hidden, mostFolds)
}

type Split = { pretrain: number; finetune: number; scratch: number; estimate: number; rest: number }

/** Whether there is a twin: one that nothing is measured on would tell nothing. */
export const twinOf = ({ twin }: Pick<TrainingRequest, 'twin'>, validation: number, folds: number): boolean =>
  twin && (validation > 0 || folds > 0)

/** Minutes for each stage. folds: as `foldCount` gives. */
export function splitMinutes(minutes: number, twin: boolean, folds = 0): Split {
  // Several rounds of fine-tuning need their time; pretraining keeps more than any one of them.
  const { pretrain, tuning, rest } = shares[twin && folds === 0 ? 'withTwin' : 'alone']
  const scratches = twin && folds === 0 ? 1 : 0
  const rounds = folds * (twin ? 2 : 1)
  const pretraining = folds > 0 ? 0.3 : pretrain
  const each = (minutes * (tuning + pretrain - pretraining)) / (1 + scratches + rounds)
  return {
    pretrain: minutes * pretraining,
    finetune: each,
    scratch: each * scratches,
    estimate: each * rounds,
    rest: minutes * rest,
  }
}

/**
 * Minutes for fine-tuning once pretraining is over: its share of what is left, so that a pretraining that took longer than
 * planned (a busy machine, slow disks) doesn't make the whole late; at least half of what was planned.
 */
export function minutesForFinetuning(minutes: number, twin: boolean, spentSeconds: number, folds = 0): number {
  const split = splitMinutes(minutes, twin, folds)
  const left = minutes - spentSeconds / 60
  const share = split.finetune / (split.finetune + split.scratch + split.estimate + split.rest)
  return Math.max(0.5 * split.finetune, left * share)
}

function withoutPretraining(minutes: number, folds: number): Split {
  const finetune = minutesForFinetuning(minutes, false, 0, folds)
  const { rest } = splitMinutes(minutes, false, folds)
  return { pretrain: 0, finetune, scratch: 0, estimate: finetune * folds, rest }
}

/**
 * The cases of a training by what they are for. `labelled`: training cases whose label a person drew, be it in some slices
 * only, or (`accepted`) accepted from a proposal. `predict`: those not labelled in full, and all validation cases. Cases whose review was begun and
 * not ended are neither learnt from (part of their labels is missing) nor predicted again. A validation case whose label
 * was accepted from a model would only measure how alike two models are: it is not measured on.
 */
export function sortCases(library: Library, request: Pick<TrainingRequest, 'accepted'>): SortedCases {
  const cases = library.cases()
  const pool = cases.filter((entry) => entry.role === 'training')
  const validation = cases.filter((entry) => entry.role === 'validation')
  const of = (entries: StoredCase[], ...statuses: StoredCase['status'][]) =>
    entries.filter(({ status, labelVersionId }) => labelVersionId !== null && statuses.includes(status))
  const accepted = of(pool, 'accepted')
  const inReview = pool.filter((entry) => entry.inReview)
  const done = new Set([...of(pool, 'labelled'), ...accepted, ...inReview])
  return {
    pool,
    labelled: [...of(pool, 'labelled', 'started'), ...(request.accepted ? accepted : [])],
    accepted,
    inReview,
    predict: [...pool.filter((entry) => !done.has(entry)), ...validation],
    validation: of(validation, 'labelled', 'started'),
  }
}

type SortedCases = Record<'pool' | 'labelled' | 'accepted' | 'inReview' | 'predict' | 'validation', StoredCase[]>

export function estimateTraining(
  library: Library,
  request: TrainingRequest,
  device: { ok: boolean; name: string },
): TrainingEstimate {
  const { pool, labelled, accepted, inReview, predict, validation } = sortCases(library, request)
  const names = (cases: StoredCase[]) => cases.map((entry) => entry.name)
  const versions = labelled.map((entry) => ({ case: entry, versionId: entry.labelVersionId! }))
  const folds = foldCount(hiddenCases(library, versions).length, validation.length)
  // The automatic choice tries nothing then: the training is one from scratch, and has all the time.
  const allLabelled = request.task === 'auto' && labelled.length === pool.length
  const minutes = allLabelled
    ? withoutPretraining(request.minutes, folds)
    : splitMinutes(request.minutes, twinOf(request, validation.length, folds), folds)
  const partly = labelled.filter(({ status }) => status === 'started').length
  const stages: TrainingEstimate['stages'] = [
    {
      key: 'pretrain',
      name: 'Pretraining',
      minutes: minutes.pretrain,
      what: allLabelled
        ? 'Nothing to do: all training scans are labelled, and learning from them has all the time.'
        : request.task === 'auto'
          ? `Finds out how best to begin; learns what ${count(pool.length, 'scan')} look like, labelled or not.`
          : `Learns what ${count(pool.length, 'scan')} look like, labelled or not.`,
    },
    {
      key: 'finetune',
      name: 'Fine-tuning',
      minutes: minutes.finetune,
      what: `Learns your labels from ${count(labelled.length, 'labelled scan')}${partly > 0 ? `, ${partly} of them labelled in part` : ''}.`,
    },
  ]
  if (minutes.scratch > 0) {
    const what = 'The same steps without pretraining, to see whether it helped.'
    stages.push({ key: 'scratch', name: 'From scratch', minutes: minutes.scratch, what })
  }
  if (predict.length > 0) {
    stages.push({
      key: 'predict',
      name: 'Predicting',
      minutes: minutes.rest * 0.8,
      what: `Proposes labels for ${count(predict.length, 'scan')}; nothing of yours is changed.`,
    })
  }
  if (validation.length > 0) {
    stages.push({
      key: 'evaluate',
      name: 'Measuring',
      minutes: minutes.rest * 0.2,
      what: `Compares with your labels of ${count(validation.length, 'validation scan')}.`,
    })
  }
  if (folds > 0) {
    const twice = request.twin && !allLabelled ? ', with pretraining and without' : ''
    stages.push({
      key: 'evaluate',
      name: 'Estimating',
      minutes: minutes.estimate,
      what: `Hides each labelled scan in turn and trains on the others (${folds} rounds${twice}): the score without validation scans.`,
    })
  }
  return {
    trainingCases: names(pool),
    labelledCases: names(labelled),
    acceptedCases: names(accepted),
    leftOutCases: names(inReview),
    validationCases: names(validation),
    stages,
    ...estimateMemory(pool, library.labels()),
    device: device.name,
    obstacle: findObstacle(library, labelled, pool, device, request),
  }
}

function findObstacle(
  library: Library,
  labelled: StoredCase[],
  pool: StoredCase[],
  device: { ok: boolean; name: string },
  request: TrainingRequest,
): string | null {
  if (pool.length === 0)
    return 'There is no scan to learn from. Import scans, or take some out of “Keep for validation”.'
  if (labelled.length === 0)
    return 'No training scan has a label yet. Label at least one (three are better), or import label maps.'
  if (library.labels().length === 0) return 'The project has no labels yet. Make a label set first.'
  const channels = new Set(pool.map((entry) => entry.channels))
  if (channels.size > 1)
    return `The training scans have differing numbers of channels (${[...channels].join(', ')}). Keep one kind in the project.`
  const empty = labelled.every(
    (entry) => entry.labelVersionId && library.labelVersion(entry.labelVersionId)?.volumes.length === 0,
  )
  if (empty) return 'The label maps of all training scans are empty. Draw something in at least one.'
  if (!device.ok) return `The device "${request.device}" does not work here. Choose another.`
  return null
}
