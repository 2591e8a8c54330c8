/** Predictions against reference labels: Dice, HD95 and volumes for each case and label. */
import type { CaseScore, Evaluation, Label, LabelRegion, LabelScore } from '../../shared/domain/records.ts'
import type { EvaluateConfig, TrainerCase } from '../../shared/domain/trainer.ts'
import { TrainingError, type Host } from './host.ts'
import { countVoxels, dice, hd95 } from './metrics.ts'
import { unknownLabel } from './patch.ts'

/** `readPrediction` gives the Uint8 label map on the case's canonical grid. */
export async function evaluate(
  config: EvaluateConfig,
  host: Host,
  readPrediction: (file: string) => Promise<Uint8Array>,
): Promise<Evaluation> {
  const cases: CaseScore[] = []
  for (const [i, source] of config.cases.entries()) {
    const predicted = await readPrediction(source.predictionFile)
    cases.push(await measureCase(config.labels, source, predicted, host, config.regions))
    host.tell({ type: 'progress', stage: 'Measuring', done: i + 1, total: config.cases.length, etaSeconds: null })
    await host.breathe()
  }
  return evaluationOf(config.modelId, 'validation', cases)
}

/** The cases' scores together. Which scans the model has seen, the caller knows. */
export function evaluationOf(modelId: string, method: Evaluation['method'], cases: CaseScore[]): Evaluation {
  return { modelId, method, cases, dice: meanOf(cases.map((c) => c.dice)), seenInPretraining: [], seenInTraining: [] }
}

/** A prediction on the case's canonical grid against its label. Voxels whose label is unknown don't count. */
export async function measureCase(
  labels: readonly Label[],
  source: TrainerCase,
  predicted: Uint8Array,
  host: Host,
  regions?: readonly LabelRegion[],
): Promise<CaseScore> {
  const reference = await host.label(source)
  if (reference === null) throw new TrainingError(`${source.name} has no label to compare with.`)
  const prediction = predicted.map((value, v) => (reference.samples[v] === unknownLabel ? unknownLabel : value))
  const score = scoreCase(labels, source, prediction, reference.samples)
  if (!regions) return score
  return { ...score, regions: regions.map((region) => scoreRegion(region, prediction, reference.samples)) }
}

/** Figures of one case. Maps are on its canonical grid. */
function scoreCase(
  labels: readonly Label[],
  source: TrainerCase,
  prediction: Uint8Array,
  reference: Uint8Array,
): CaseScore {
  const millilitresPerVoxel = (source.spacing[0] * source.spacing[1] * source.spacing[2]) / 1000
  const scores = labels.map(({ value, name }): LabelScore => ({
    value,
    name,
    dice: dice(prediction, reference, value),
    hd95: hd95(prediction, reference, value, source.shape, source.spacing),
    millilitres: countVoxels(prediction, value) * millilitresPerVoxel,
    referenceMillilitres: countVoxels(reference, value) * millilitresPerVoxel,
  }))
  return { caseId: source.id, name: source.name, labels: scores, dice: meanOf(scores.map((l) => l.dice)) }
}

/** Voxels whose reference is unknown count in neither map. */
function scoreRegion({ name, values }: LabelRegion, prediction: Uint8Array, reference: Uint8Array) {
  const within = (map: Uint8Array) => map.map((value) => (values.includes(value) ? 1 : 0))
  return { name, dice: dice(within(prediction), within(reference), 1) }
}

/** Mean of the numbers among them; null when there is none. */
function meanOf(values: (number | null)[]): number | null {
  const known = values.filter((v) => v !== null)
  return known.length === 0 ? null : known.reduce((sum, v) => sum + v, 0) / known.length
}
