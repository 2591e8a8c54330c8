/** How much memory a training will take, worked out from the scans' geometry before anything is read. */
import type { TrainingEstimate } from '../../shared/api/contract.ts'
import type { Label } from '../../shared/domain/records.ts'
import { availableBytes, compileTraining } from '../engine/index.ts'
import type { StoredCase } from '../library/index.ts'
import { finetuneRules } from '../training/finetune.ts'
import { makePlan } from '../training/plan.ts'
import { shapeOnPlan } from '../training/prepare.ts'
import { segmentationGraph } from '../training/segmentation-network.ts'

/** Node, its code and what reading a scan takes for a moment; and a thread that makes batches (measured: 123 MB). */
const besides = 270e6
const programs = new Map<string, number>()

/** Bytes of a training on these cases, what the machine has free, and the plan; nulls where there is nothing to train on. */
export function estimateMemory(
  pool: readonly StoredCase[],
  labels: readonly Label[],
): Pick<TrainingEstimate, 'memory' | 'plan'> {
  if (pool.length === 0 || labels.length === 0) return { memory: null, plan: null }
  const channels = pool[0].channels
  const plan = makePlan({
    cases: pool.map(({ id, shape, spacing }) => ({ id, shape, spacing })),
    modality: pool[0].modality,
    channels,
    // Only the shapes decide about memory.
    intensities: Array.from({ length: channels }, () => ({ low: 0, high: 1, mean: 0, deviation: 1 })),
  })
  const classes = Math.max(...labels.map(({ value }) => value)) + 1
  const key = JSON.stringify([plan.patch, plan.batch, plan.channels, plan.features, plan.pools, plan.kernels, classes])
  if (!programs.has(key)) {
    const { graph, loss } = segmentationGraph(plan, classes)
    programs.set(key, compileTraining({ graph, loss, optimiser: finetuneRules.optimiser }).peakBytes)
  }
  const available = availableBytes()
  const scans = pool.reduce((sum, { shape, spacing }) => {
    const [x, y, z] = shapeOnPlan(shape, spacing, plan)
    return sum + 4 * x * y * z * channels
  }, 0)
  // Scans that do not fit in half of what is free stay on disk.
  const bytes = programs.get(key)! + Math.min(scans, available / 2) + besides
  return { memory: { bytes, available }, plan: { spacing: plan.spacing, patch: plan.patch } }
}
