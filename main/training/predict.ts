/**
 * Prediction: a window slides over the scan with half overlap, its probabilities are added up with a Gaussian weight
 * (sigma = an eighth of the patch), brought back to the scan's own grid and turned into labels there.
 */
import {
  compileInference,
  decodeTensors,
  explainDevice,
  Graph,
  openSession,
  softmax,
  type Session,
} from '../engine/index.ts'
import { z } from 'zod'
import { Plan } from '../../shared/domain/plan.ts'
import { Label, Vector3 } from '../../shared/domain/records.ts'
import { entropyFileOf, type PredictConfig, type TrainerCase } from '../../shared/domain/trainer.ts'
import { volumeOf } from '../imaging/region.ts'
import { toValues } from './classes.ts'
import { Cancelled, json, TrainingError, type Host, type RunFolder } from './host.ts'
import { decoder, encoder, inputShape, voxelHead } from './network.ts'
import { paperBuilder } from './paper/network.ts'
import { paperLogits } from './paper/segmentation.ts'
import { cutPatch } from './patch.ts'
import { keepPieces, keptPieces, layoutOf } from './pieces.ts'
import type { Places } from './places.ts'
import { backToSource, likelyOnPlan, prepareCase, type PreparedCase } from './prepare.ts'

/** Weights with the best smoothed validation score; model.bin holds the last. */
export const bestFile = 'best.bin'

/** What model.bin of a fine-tuning says of itself. */
export const ModelMeta = z.object({
  kind: z.literal('segmentation'),
  plan: Plan,
  /** Label value of each class, background first. */
  values: z.array(z.number().int()),
  labels: z.array(Label),
  steps: z.number(),
  /** As countPieces makes them; absent in older models: nothing is counted. */
  pieces: z.array(z.number().int()).optional(),
  /** As placesOf makes them; absent in older models. */
  places: z.array(Vector3.nullable()).optional(),
})
export type ModelMeta = z.infer<typeof ModelMeta>

export interface SegmentationModel {
  plan: Plan
  /** Label value of each class, background first. */
  values: number[]
  labels: Label[]
  /** As countPieces makes them; absent: nothing is counted. What `labels` wish goes before it. */
  pieces?: number[]
  /** As placesOf makes them. */
  places?: Places
  weights: Map<string, Float32Array>
}

/** weights: those of the last step, or those with the best score on validation cases (where they were watched). */
export async function readModel(folder: RunFolder, weights: 'last' | 'best' = 'last'): Promise<SegmentationModel> {
  const last = await folder.read('model.bin')
  if (last === null) throw new TrainingError('This run has no model yet: it has not finished. Resume it first.')
  const bytes = weights === 'last' ? last : await folder.read(bestFile)
  if (bytes === null) {
    throw new TrainingError(
      'This model has no best weights: no validation case was watched while it learnt. Use the last.',
    )
  }
  const { tensors, meta } = decodeTensors(bytes)
  const parsed = ModelMeta.safeParse(meta)
  if (!parsed.success) throw new TrainingError('This run holds no segmentation model. Choose a fine-tuned one.')
  return { ...parsed.data, weights: tensors }
}

/** Predicts every case of the config; those that can't be predicted are named in the end, and the rest goes on. */
export async function predict(config: PredictConfig, host: Host, write: WriteLabels): Promise<void> {
  const stored = await readModel(host.folder(config.modelFolder), config.weights)
  const wishOf = ({ value, pieces }: Label) =>
    config.labels ? config.labels.find((label) => label.value === value)?.pieces : pieces
  const labels = stored.labels.map((label) => ({
    ...label,
    pieces: config.allPieces ? ('all' as const) : wishOf(label),
  }))
  // A label that has been deleted since is not painted any more.
  const inSet = (value: number) => value === 0 || !config.labels || config.labels.some((label) => label.value === value)
  const values = stored.values.map((value) => (inSet(value) ? value : 0))
  const model = { ...stored, labels, values }
  const predictor = await openPredictor(model, config.device, config.threads ?? host.cores)
  const failures: string[] = []
  try {
    host.tell({ type: 'device', name: predictor.session.device.name })
    await host.run.write('device.json', json(await explainDevice(config.device, predictor.session.device)))
    const started = host.seconds()
    for (const [i, source] of config.cases.entries()) {
      if (host.cancelled()) throw new Cancelled()
      try {
        const entropy = config.entropy ? new Uint8Array(source.shape[0] * source.shape[1] * source.shape[2]) : null
        const labels = await predictor.labels(source, host, entropy)
        if (entropy) await write(entropyFileOf(source.outputFile), entropy)
        await write(source.outputFile, labels)
        const uncertainty = entropy && foregroundEntropy(labels, entropy)
        host.tell({ type: 'predicted', caseId: source.id, file: source.outputFile, uncertainty })
      } catch (error) {
        if (!(error instanceof TrainingError)) throw error
        failures.push(error.message)
      }
      const each = (host.seconds() - started) / (i + 1)
      const left = config.cases.length - i - 1
      host.tell({
        type: 'progress',
        stage: 'Predicting',
        done: i + 1,
        total: config.cases.length,
        etaSeconds: Math.round(left * each),
      })
      await host.breathe()
    }
  } finally {
    await predictor.session.close()
  }
  if (failures.length === 0) return
  const text = `Not every scan was predicted. ${failures.join(' ')}`
  if (!config.goesOn || failures.length === config.cases.length) throw new TrainingError(text)
  host.tell({ type: 'notice', text, warning: true })
}

/** Stores a label map (x fastest) at a path. */
export type WriteLabels = (file: string, labels: Uint8Array) => Promise<void>

export interface Predictor {
  session: Session
  /**
   * The label map of a scan, on its canonical grid; `entropy`, where given, is filled on the same grid (0 sure, 255 all
   * classes alike). Throws a TrainingError when it can't be had.
   */
  labels(source: TrainerCase, host: Host, entropy?: Uint8Array | null): Promise<Uint8Array>
  /**
   * Class probabilities of a prepared scan on the plan's grid: x fastest, then y, z, class slowest. Of structures that are counted
   * no more pieces are left than they have.
   */
  probabilities(prepared: PreparedCase, host: Host): Promise<Float32Array>
}

/** From `image`, one normalised patch, to the probability of each class in each of its voxels. */
export function segmentationNetwork(plan: Plan, classes: number) {
  const graph = new Graph()
  const image = graph.input('image', inputShape(plan, 1), 'volume')
  const logits =
    plan.recipe === 'paper'
      ? paperLogits(paperBuilder(graph, 'inference'), image, classes)
      : voxelHead(graph, decoder(graph, encoder(graph, image, plan), plan)[0], 'segment0', classes)
  return { graph, probability: softmax(logits) }
}

export async function openPredictor(model: SegmentationModel, device: string, threads: number): Promise<Predictor> {
  const { plan, values: labelValues } = model
  const classes = labelValues.length
  const kept = keptPieces(model)
  const { graph, probability } = segmentationNetwork(plan, classes)
  const program = compileInference({ graph, outputs: { probability }, threads })
  const session = await openSession(program, { device: device as never, threads })
  const { missing, mismatched } = await session.setParameters(model.weights)
  if (missing.length + mismatched.length > 0) {
    await session.close()
    throw new TrainingError('The weights of this model do not fit its plan: the file is damaged.')
  }
  const voxels = plan.patch[0] * plan.patch[1] * plan.patch[2]
  const values = new Float32Array(voxels * plan.channels)
  const weight = gaussian(plan.patch)

  const addWindow = async (
    prepared: PreparedCase,
    start: readonly number[],
    sum: Float32Array,
    weights: Float32Array,
  ): Promise<void> => {
    const centre = start.map((s, axis) => s + (plan.patch[axis] - 1) / 2) as [number, number, number]
    cutPatch(prepared, centre, { patch: plan.patch, image: values, label: null })
    session.setInput('image', values)
    await session.evaluate()
    const result = await session.output('probability')
    const [nx, ny, nz] = prepared.shape
    const total = nx * ny * nz
    let v = 0
    for (let z = start[2]; z < start[2] + plan.patch[2]; z++) {
      for (let y = start[1]; y < start[1] + plan.patch[1]; y++) {
        for (let x = start[0]; x < start[0] + plan.patch[0]; x++, v++) {
          if (x < 0 || y < 0 || z < 0 || x >= nx || y >= ny || z >= nz) continue
          const to = (z * ny + y) * nx + x
          weights[to] += weight[v]
          for (let c = 0; c < classes; c++) sum[c * total + to] += weight[v] * result[v * classes + c]
        }
      }
    }
  }
  /** Class probabilities on the plan's grid: x fastest, then y, z, class slowest. */
  const probabilities = async (prepared: PreparedCase, host: Host): Promise<Float32Array> => {
    const total = prepared.shape[0] * prepared.shape[1] * prepared.shape[2]
    const sum = new Float32Array(total * classes)
    const weights = new Float32Array(total)
    const [xs, ys, zs] = prepared.shape.map((n, axis) => windowStarts(n, plan.patch[axis]))
    for (const z of zs) {
      for (const y of ys) {
        for (const x of xs) {
          await addWindow(prepared, [x, y, z], sum, weights)
          await host.breathe()
          if (host.cancelled()) throw new Cancelled()
        }
      }
    }
    for (let c = 0; c < classes; c++) for (let i = 0; i < total; i++) sum[c * total + i] /= weights[i]
    keepPieces(sum, prepared.shape, kept, layoutOf(model))
    return sum
  }
  return {
    session,
    probabilities,
    async labels(source, host, entropy = null) {
      if (source.channels !== plan.channels) {
        throw new TrainingError(
          `${source.name} has ${source.channels} channel${source.channels === 1 ? '' : 's'}, the model needs ${plan.channels}.`,
        )
      }
      const check = (shape: PreparedCase['shape']) => {
        const bytes = predictionBytes(shape, classes, plan)
        if (bytes <= host.memory) return
        const gigabytes = (bytes / 1e9).toFixed(1)
        throw new TrainingError(`${source.name} is too large: predicting it needs ${gigabytes} GB of free memory.`)
      }
      const prepared = await prepareCase(source, plan, host, { labels: false, check })
      const strongest = backToSource(prepared, await probabilities(prepared, host), classes, entropy)
      return toValues(strongest, labelValues)
    },
  }
}

/** What predicting a scan takes: its voxels on the plan's grid, their probabilities and weights, and the pieces of one structure. */
const predictionBytes = (shape: PreparedCase['shape'], classes: number, { channels }: Pick<Plan, 'channels'>): number =>
  volumeOf(shape) * (4 * (classes + 1 + channels) + 6)

/**
 * How unsure a prediction is: mean entropy over the voxels that were given a label, in [0, 1]; null where there is none.
 * Over the whole scan it would tell mostly how much background there is.
 */
export function foregroundEntropy(labels: Uint8Array, entropy: Uint8Array): number | null {
  let sum = 0
  let count = 0
  for (let v = 0; v < labels.length; v++) {
    if (labels[v] === 0) continue
    sum += entropy[v]
    count++
  }
  return count === 0 ? null : sum / count / 255
}

/** Starts of windows that cover n voxels with at least half overlap; a scan smaller than the patch is centred in it. */
export function windowStarts(n: number, patch: number): number[] {
  if (n <= patch) return [Math.round((n - patch) / 2)]
  const count = Math.ceil((n - patch) / Math.max(1, patch / 2)) + 1
  return Array.from({ length: count }, (_, i) => Math.round((i * (n - patch)) / (count - 1)))
}

/** How many windows predicting a scan will probably take. */
export function countWindows(source: Pick<TrainerCase, 'shape' | 'spacing'>, plan: Plan): number {
  return likelyOnPlan(source, plan).reduce((count, n, axis) => count * windowStarts(n, plan.patch[axis]).length, 1)
}

/** Separable Gaussian with sigma = patch / 8, largest value 1, never quite zero. x fastest. */
function gaussian(patch: readonly [number, number, number]): Float32Array {
  const lines = patch.map((n) =>
    Array.from({ length: n }, (_, i) => Math.exp(-0.5 * (((i - (n - 1) / 2) * 8) / Math.max(n, 1)) ** 2)),
  )
  const result = new Float32Array(patch[0] * patch[1] * patch[2])
  let at = 0
  for (const z of lines[2]) for (const y of lines[1]) for (const x of lines[0]) result[at++] = Math.max(x * y * z, 1e-4)
  return result
}
