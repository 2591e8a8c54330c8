/** A segmentation model as an ONNX file: the network for one patch, and in its metadata all that is to be done around it. */
import { networkModel } from '../engine/index.ts'
import type { RunFolder } from './host.ts'
import { keptPieces } from './pieces.ts'
import { readModel, segmentationNetwork, type SegmentationModel } from './predict.ts'

/**
 * The bytes of the file, from the run folder of a fine-tuning. `version`: of this program. Throws a TrainingError or an
 * EngineError where there is no model, or a damaged one.
 */
export async function onnxModel(folder: RunFolder, weights: 'last' | 'best', version: string): Promise<Uint8Array> {
  const model = await readModel(folder, weights)
  const { graph, probability } = segmentationNetwork(model.plan, model.values.length)
  return networkModel(graph, { probability }, model.weights, {
    graph: 'segmentation',
    version,
    description: 'A 3D segmentation network trained with Handful. For research use only; not for diagnosis.',
    metadata: metadata(model, version),
  })
}

/** What stands in the file's metadata_props, so that another program needs nothing else to predict as we do. */
function metadata(model: SegmentationModel, version: string): Record<string, string> {
  const { plan, values, labels } = model
  const pieces = keptPieces(model)
  return {
    format: 'handful-segmentation-1',
    version,
    use: 'For research use only; not for diagnosis.',
    input:
      'image: float32 [1, channel, z, y, x], one normalised patch; x runs to the right, y to anterior, z to superior.',
    output: 'probability: float32 [1, class, z, y, x]; class 0 is the background.',
    label_of_class: JSON.stringify(values),
    ...(plan.recipe === 'paper'
      ? { grid: `Every scan is resized to ${plan.patch.join('×')} voxels, whatever its spacing.` }
      : { spacing_mm: JSON.stringify(plan.spacing) }),
    normalisation: JSON.stringify(plan.normalisation),
    labels: JSON.stringify(labels.map(({ value, name }) => ({ value, name }))),
    plan: JSON.stringify(plan),
    // Of each class so many pieces are kept, the largest ones; 0: all.
    ...(pieces.some((count) => count > 0) ? { pieces_of_class: JSON.stringify(pieces) } : {}),
  }
}
