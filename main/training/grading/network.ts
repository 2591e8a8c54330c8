/**
 * From an image to its grade. Grades have an order, so the network says for each but the lowest whether the image reaches it
 * (sigmoid, binary cross-entropy): the ordinal head that the released code of Taleb et al. trains on retinal photographs
 * (data/kaggle_retina_data.py, multilabel; models/fully_connected.py, simple_multiclass). The grade is how many are reached.
 *
 * The encoder is that of pretraining (there: DenseNet121). `paper`: its pooled map, flat, then dense 1024, ReLU, batch norm,
 * dropout 0.5. `handful`: the mean over its bottleneck.
 */
import {
  concat,
  constantOf,
  globalMean,
  Graph,
  reshapeMatrix,
  softmaxCrossEntropy,
  type Inputs,
  type Tensor,
} from '../../engine/index.ts'
import type { Plan } from '../../../shared/domain/plan.ts'
import { dense, encoder, inputShape } from '../network.ts'
import { hiddenLayer, paperBuilder, paperCode, paperDense } from '../paper/network.ts'

const units = 1024

/** Images of a step: 32 in the released code; fewer where they are large, since a plan's batch is. */
export const gradingBatch = (plan: Plan): number => Math.min(32, Math.max(8, plan.batch))

export interface GradingGraph {
  graph: Graph
  /** [images, grades - 1]: above 0 where a grade is reached. */
  reached: Tensor
  /** Input `wanted` [images × (grades - 1)]: 1 where a grade is reached, image by image. */
  loss: Tensor
  /** Gives a session what a step wants besides image and `wanted`. */
  feed(inputs: Inputs, seed: number, step: number): void
}

export function gradingGraph(plan: Plan, grades: number, training: boolean): GradingGraph {
  const graph = new Graph()
  const batch = gradingBatch(plan)
  const image = graph.input('image', inputShape(plan, batch), 'volume')
  const thresholds = grades - 1
  const b = paperBuilder(graph, training ? 'training' : 'inference')
  const reached =
    plan.recipe === 'paper'
      ? paperDense(b, hiddenLayer(b, paperCode(b, image), 1, units), 'grade', thresholds)
      : dense(graph, globalMean(encoder(graph, image, plan).at(-1)!), 'grade', thresholds)
  // Sigmoid cross-entropy of x is softmax cross-entropy of (0, x).
  const questions = batch * thresholds
  const both = concat([constantOf(graph, [questions, 1], 0), reshapeMatrix(reached, [questions, 1])])
  const { loss } = softmaxCrossEntropy(both, graph.input('wanted', [questions], 'vector'))
  return { graph, reached, loss, feed: (inputs, seed, step) => b.dropouts.feed(inputs, seed, step) }
}

/** For each image of a batch: which grades it reaches. grades: of the images, in order. */
export function wantedOf(grades: readonly number[], thresholds: number): Float32Array {
  return Float32Array.from({ length: grades.length * thresholds }, (_, q) =>
    grades[Math.floor(q / thresholds)] > q % thresholds ? 1 : 0,
  )
}
