/** What runs give: models, proposals, evaluations. */
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  Evaluation as EvaluationSchema,
  LearningPictures as LearningPicturesSchema,
  type Evaluation,
  type LearningPictures,
  type Metric,
  type PieceCount,
  type Run,
} from '../../shared/domain/records.ts'
import { byName } from '../../shared/domain/names.ts'
import { entropyFileOf } from '../../shared/domain/trainer.ts'
import { Choice, choiceFile } from '../training/choice.ts'
import { keptOf } from '../training/pieces.ts'
import type { Purpose } from './run-configs.ts'
import { hashLabels, layout, newId, unpackLabels, writeLabelFile, type Library } from '../library/index.ts'

/** Makes a finished fine-tuning a model of the project (once, however often it is asked). */
export function registerModel(library: Library, runId: string): string {
  const run = library.run(runId)
  if (!run) throw new Error(`no run ${runId}`)
  if (run.modelId) return run.modelId
  const id = newId('model')
  const report = readReport(library, runId)
  const steps = report.steps ?? run.steps ?? run.step
  const cases = `${run.cases.length} case${run.cases.length === 1 ? '' : 's'}`
  // The automatic choice may have been to start from scratch.
  const start = (report.pretrained ?? run.fromRunId !== null) ? 'pretrained' : 'from scratch'
  const further = report.selfTraining ? ', self-trained' : ''
  library.transaction(() => {
    const name = `Model ${library.models().length + 1} (${cases}, ${start}${further})`
    const created = new Date().toISOString()
    library.insertModel({ id, runId, name, created, cases: run.cases, fromRunId: run.fromRunId, steps, dice: null })
    library.updateRun(runId, { modelId: id })
  })
  return id
}

/** Stores a prediction as a proposal of its case. False where the case has the very same proposal of this model already. */
export function storeProposal(
  library: Library,
  runId: string,
  predicted: { caseId: string; file: string; uncertainty: number | null; settings?: string },
): boolean {
  const run = library.run(runId)
  const owner = library.case(predicted.caseId)
  const grid = owner ? library.series(owner.seriesId)?.grid : null
  if (!run || !owner || !grid) return false
  const samples = unpackLabels(predicted.file)
  if (samples.length !== grid.shape[0] * grid.shape[1] * grid.shape[2]) {
    throw new Error(`the prediction of ${owner.name} does not fit its scan`)
  }
  const newest = library.newestLabelVersion(owner.id, 'proposal')
  const sameWay = newest?.modelId === run.modelId && (newest?.settings ?? '') === (predicted.settings ?? '')
  if (newest && sameWay && newest.sha256 === hashLabels(samples)) return false
  const written = writeLabelFile(library.folder, newId('label'), samples, grid)
  const entropy = entropyFileOf(predicted.file)
  if (existsSync(entropy)) copyFileSync(entropy, layout.entropyFile(library.folder, written.id))
  library.insertLabelVersion({
    ...written,
    caseId: owner.id,
    kind: 'proposal',
    author: run.modelId ?? 'model',
    parentId: newest?.id ?? null,
    modelId: run.modelId,
    created: new Date().toISOString(),
    uncertainty: predicted.uncertainty,
    settings: predicted.settings,
  })
  return true
}

/**
 * Adds what only the library knows (which cases the model has seen) and keeps the evaluation; one of a twin, or aside, is not
 * kept as the model's. In a cross-validation each case is scored by a model that has not seen its label, but has seen the scan
 * where it starts from a pretraining on all scans (one that has learnt labels is left out there).
 */
export function completeEvaluation(
  library: Library,
  runId: string,
  scored: Evaluation,
  { twin = false, aside = false }: Pick<Purpose, 'twin' | 'aside'> = {},
): Evaluation {
  // A cross-validation scores them in the order of its rounds.
  const measured = { ...scored, cases: scored.cases.toSorted((a, b) => byName(a.name, b.name)) }
  const crossed = measured.method === 'cross-validation'
  const model = library.model(measured.modelId)
  const from = crossed ? library.run(runId)?.fromRunId : model?.fromRunId
  const choice = from ? readChoice(library, from) : null
  const unused = choice?.scratch || (crossed && choice?.knowsLabels)
  const pool = new Set(from && !unused ? library.run(from)?.cases : [])
  const trained = new Set(crossed ? [] : model?.cases)
  const ids = measured.cases.map((score) => score.caseId)
  const evaluation: Evaluation = {
    ...measured,
    seenInPretraining: ids.filter((id) => pool.has(id)),
    seenInTraining: ids.filter((id) => trained.has(id)),
  }
  if (!twin && !aside) library.insertEvaluation(evaluation, runId)
  return evaluation
}

/** Cross-validation of a twin, which stands in its run's folder alone; null for any other run. */
export function readTwinEvaluation(library: Library, runId: string): Evaluation | null {
  const folder = layout.runFolder(library.folder, runId)
  const purpose = JSON.parse(read(join(folder, 'purpose.json')) ?? '{}') as { twin?: boolean }
  const content = purpose.twin ? read(join(folder, 'evaluation.json')) : null
  return content === null ? null : EvaluationSchema.parse(JSON.parse(content))
}

/** metrics.jsonl of a run; a half-written last line is left out. */
export function readMetrics(library: Library, run: Run): Metric[] {
  const lines = read(join(layout.runFolder(library.folder, run.id), 'metrics.jsonl'))?.split('\n') ?? []
  return lines.flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Metric]
    } catch {
      return []
    }
  })
}

/** Figures that the trainer leaves in report.json. */
export function readReport(
  library: Library,
  runId: string,
): {
  steps?: number
  seconds?: number
  pretrained?: boolean
  /** Ids of the scans that the network labelled for itself, and the step (0-based) from which it learnt from them. */
  selfTraining?: { turn: number; scans: string[] } | null
  /** As they were counted, whatever is wished. */
  pieces?: PieceCount[]
  chance?: number | null
  /** Of a model that came from a file: the label values that it knows. */
  values?: number[]
} {
  try {
    return JSON.parse(read(join(layout.runFolder(library.folder, runId), 'report.json')) ?? '{}')
  } catch {
    return {}
  }
}

/** Of which structures a fine-tuning's model keeps so many pieces, as the label set has it now. */
export function piecesKeptBy(library: Library, runId: string): PieceCount[] {
  const counted = readReport(library, runId).pieces ?? []
  return library.labels().flatMap(({ value, name, pieces }) => {
    const own = counted.find((one) => (one.value === undefined ? one.name === name : one.value === value))
    const count = keptOf(pieces, own?.count)
    return count > 0 ? [{ value, name, count }] : []
  })
}

/** What the automatic choice of a pretraining took; null where the pretraining was told its task. */
export function readChoice(library: Library, runId: string): ChoiceTaken | null {
  const content = read(join(layout.runFolder(library.folder, runId), choiceFile))
  if (content === null) return null
  const { reason, labelled, chosen, selfTraining } = Taken.parse(JSON.parse(content))
  const scratch = chosen === 'scratch'
  return { reason, knowsLabels: labelled.length > 0, scratch, nothing: scratch && !selfTraining }
}

const Taken = Choice.pick({ reason: true, labelled: true, chosen: true, selfTraining: true })

export interface ChoiceTaken {
  /** Why, in sentences. */
  reason: string
  /** Whether the start has learnt labels. */
  knowsLabels: boolean
  /** Whether the training starts from random weights. */
  scratch: boolean
  /** Whether it has nothing besides: it is its own twin. */
  nothing: boolean
}

/** null where the run watches no scan, or has not looked yet. */
export function readPictures(library: Library, runId: string): LearningPictures | null {
  const content = read(join(layout.runFolder(library.folder, runId), 'pictures.json'))
  return content === null ? null : LearningPicturesSchema.parse(JSON.parse(content))
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
