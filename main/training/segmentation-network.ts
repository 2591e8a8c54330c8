/** The network that fine-tuning trains: an encoder and a decoder, with a loss at every supervised level. */
import { diceCrossEntropy, Graph, weightedSum, type Inputs, type Tensor } from '../engine/index.ts'
import type { Plan } from '../../shared/domain/plan.ts'
import { decoder, encoder, inputShape, voxelHead } from './network.ts'
import { paperSegmentation } from './paper/segmentation.ts'

export interface SegmentationGraph {
  graph: Graph
  loss: Tensor
  levels: number
  /** What a step wants besides image and targets. */
  feed?(inputs: Inputs, seed: number, step: number): void
}

/** Graph for training: inputs `image` and `target0…`, one per supervised level. classes counts the background. */
export function segmentationGraph(plan: Plan, classes: number): SegmentationGraph {
  if (plan.recipe === 'paper') return { ...paperSegmentation(plan, classes), levels: 1 }
  const graph = new Graph()
  const image = graph.input('image', inputShape(plan, plan.batch), 'volume')
  const levels = decoder(graph, encoder(graph, image, plan), plan)
  // The coarsest level of the decoder sees too little to be told the truth about borders.
  const supervised = levels.slice(0, Math.max(1, levels.length - 1))
  const losses = supervised.map((features, level) => {
    const logits = voxelHead(graph, features, `segment${level}`, classes)
    const target = graph.input(`target${level}`, features.shape.slice(0, 4), 'dense')
    return diceCrossEntropy(logits, target, {})
  })
  const total = losses.reduce((sum, _, level) => sum + 2 ** -level, 0)
  const loss = weightedSum(losses.map((l, level) => [l, 2 ** -level / total]))
  return { graph, loss, levels: losses.length }
}
