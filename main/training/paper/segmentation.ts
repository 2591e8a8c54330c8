/**
 * Fine-tuning as published (configs/finetune/*_3d.json and finetune.py of the released code): the decoder starts at random,
 * the encoder is frozen at first, the rate is constant, the loss is the soft Dice of all classes, background included, and
 * nothing is augmented.
 */
import { concat, diceCrossEntropy, Graph, type Inputs, type Tensor } from '../../engine/index.ts'
import type { Plan } from '../../../shared/domain/plan.ts'
import type { PaperTuning } from '../../../shared/domain/trainer.ts'
import { inputShape } from '../network.ts'
import { paperBuilder, paperDecoder, paperEncoder, paperVoxels, type PaperBuilder } from './network.ts'

/** As Keras has it. clip 0: not at all. */
export const paperOptimiser = { kind: 'adamW' as const, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: 0, clip: 0 }

/**
 * The frozen encoder's batch norm goes on using the batch, where Keras uses the running statistics then.
 * pancreas (finetune/random_3d.json, rotation_3d.json): gradients clipped at a norm of 1 (there each tensor's own, here the norm
 * of all together), frozen for 25 of 400 epochs. brats (finetune/random_3d_brats.json, cpc_3d_brats.json).
 */
export const paperTunings = {
  pancreas: { optimiser: { ...paperOptimiser, clip: 1 }, rate: 1e-3, frozenShare: 25 / 400 },
  brats: { optimiser: paperOptimiser, rate: 1e-4, frozenShare: 20 / 150 },
} satisfies Record<PaperTuning, object>

/** Rate of a step, and the encoder frozen during the first share of the steps if it comes from a pretraining. */
export const paperSchedule = (of: PaperTuning, step: number, steps: number, pretrained: boolean) => ({
  rate: paperTunings[of].rate,
  groups: { encoder: pretrained && step < Math.floor(paperTunings[of].frozenShare * steps) ? 0 : 1 },
})

/** Logits [N, D, H, W, classes]. */
export const paperLogits = (b: PaperBuilder, image: Tensor, classes: number): Tensor =>
  paperVoxels(b, paperDecoder(b, paperEncoder(b, image).levels), classes)

/**
 * Graph for training, with the inputs `image` and `target0`. Labels are shifted by one in `target0`: the Dice of the engine
 * leaves class 0 out, so a class that no voxel has stands there, and the background counts.
 */
export function paperSegmentation(plan: Plan, classes: number) {
  const graph = new Graph()
  const b = paperBuilder(graph, 'training')
  const image = graph.input('image', inputShape(plan, plan.batch), 'volume')
  const logits = paperLogits(b, image, classes)
  const voxels = logits.shape.slice(0, 4)
  const nobody = graph.input('no class', [...voxels, 1], 'volume')
  const target = graph.input('target0', voxels, 'dense')
  const loss = diceCrossEntropy(concat([nobody, logits]), target, { weightCe: 0 })
  // Its softmax is 0 beside logits of any size that training comes to.
  const never = new Float32Array(voxels.reduce((size, n) => size * n, 1)).fill(-1e4)
  return {
    graph,
    loss,
    /** Gives a session what the step wants besides image and target. */
    feed(inputs: Inputs, seed: number, step: number): void {
      inputs.setInput('no class', never)
      b.dropouts.feed(inputs, seed, step)
    },
  }
}
