/** What a press of Train will do: which cases, which stages, how the time is split. */
import type { Training, TrainingEstimate, TrainingRequest } from '../../shared/api/contract.ts'
import type { Library, StoredCase } from '../library/index.ts'

export type StageKey = Training['stages'][number]['key']

/** Shares of the time. The rest is for predicting and measuring, whose time the data decide. */
const shares = {
  withTwin: { pretrain: 0.35, finetune: 0.28, scratch: 0.28, rest: 0.09 },
  alone: { pretrain: 0.45, finetune: 0.43, scratch: 0, rest: 0.12 },
}

type Split = (typeof shares)['withTwin']

export function splitMinutes(minutes: number, twin: boolean): Split {
  const share = twin ? shares.withTwin : shares.alone
  const { pretrain, finetune, scratch, rest } = share
  return {
    pretrain: minutes * pretrain,
    finetune: minutes * finetune,
    scratch: minutes * scratch,
    rest: minutes * rest,
  }
}

/**
 * Minutes for fine-tuning once pretraining is over: its share of what is left, so that a pretraining that took longer than
 * planned (a busy machine, slow disks) doesn't make the whole late; at least half of what was planned.
 */
export function minutesForFinetuning(minutes: number, twin: boolean, spentSeconds: number): number {
  const split = splitMinutes(minutes, twin)
  const left = minutes - spentSeconds / 60
  const share = split.finetune / (split.finetune + split.scratch + split.rest)
  return Math.max(0.5 * split.finetune, left * share)
}

/** The cases of a training by what they are for. `predict`: training cases without a label, and all validation cases. */
export function sortCases(library: Library): {
  pool: StoredCase[]
  labelled: StoredCase[]
  predict: StoredCase[]
  validation: StoredCase[]
} {
  const cases = library.cases()
  const pool = cases.filter((entry) => entry.role === 'training')
  const validation = cases.filter((entry) => entry.role === 'validation')
  return {
    pool,
    labelled: pool.filter((entry) => entry.labelVersionId !== null),
    predict: [...pool.filter((entry) => entry.labelVersionId === null), ...validation],
    validation: validation.filter((entry) => entry.labelVersionId !== null),
  }
}

export function estimateTraining(
  library: Library,
  request: TrainingRequest,
  device: { ok: boolean; name: string },
): TrainingEstimate {
  const { pool, labelled, predict, validation } = sortCases(library)
  const names = (cases: StoredCase[]) => cases.map((entry) => entry.name)
  const minutes = splitMinutes(request.minutes, request.twin)
  const stages: TrainingEstimate['stages'] = [
    {
      name: 'Pretraining',
      minutes: minutes.pretrain,
      what: `Learns what ${count(pool.length, 'scan')} look like, labelled or not.`,
    },
    {
      name: 'Fine-tuning',
      minutes: minutes.finetune,
      what: `Learns your labels from ${count(labelled.length, 'labelled case')}.`,
    },
  ]
  if (request.twin) {
    const what = 'The same steps without pretraining, to see whether it helped.'
    stages.push({ name: 'From scratch', minutes: minutes.scratch, what })
  }
  stages.push({
    name: 'Predicting',
    minutes: minutes.rest * 0.8,
    what: `Proposes labels for ${count(predict.length, 'case')}; nothing of yours is changed.`,
  })
  if (validation.length > 0) {
    stages.push({
      name: 'Measuring',
      minutes: minutes.rest * 0.2,
      what: `Compares with your labels of ${count(validation.length, 'validation case')}.`,
    })
  }
  return {
    trainingCases: names(pool),
    labelledCases: names(labelled),
    validationCases: names(validation),
    stages,
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
  if (pool.length === 0) return 'There is no case to learn from. Import scans, or set some cases to "training".'
  if (labelled.length === 0)
    return 'No training case has a label yet. Label at least one (three are better), or import label maps.'
  if (library.labels().length === 0) return 'The project has no labels yet. Make a label set first.'
  const channels = new Set(pool.map((entry) => entry.channels))
  if (channels.size > 1)
    return `The training cases have differing numbers of channels (${[...channels].join(', ')}). Keep one kind in the project.`
  const empty = labelled.every(
    (entry) => entry.labelVersionId && library.labelVersion(entry.labelVersionId)?.volumes.length === 0,
  )
  if (empty) return 'The label maps of all training cases are empty. Draw something in at least one.'
  if (!device.ok) return `The device "${request.device}" does not work here. Choose another.`
  return null
}

const count = (n: number, thing: string) => `${n} ${thing}${n === 1 ? '' : 's'}`
