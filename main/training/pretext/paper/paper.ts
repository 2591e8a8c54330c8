/** What the tasks of the `paper` recipe share: scans as cubes, and an exercise around a loss. */
import type { Graph, Inputs, Tensor } from '../../../engine/index.ts'
import { isPlanar, type Plan } from '../../../../shared/domain/plan.ts'
import type { Random } from '../../../../shared/domain/random.ts'
import { caseFor } from '../../case-order.ts'
import { paperBuilder, type PaperBuilder } from '../../paper/network.ts'
import { cutPatch, patchCentre } from '../../patch.ts'
import type { PreparedCase } from '../../prepare.ts'
import type { Exercise } from '../pretext.ts'

export { paperBuilder, type PaperBuilder }

/** The scan of the nth sample of a step. */
export const scanOf = (pool: readonly PreparedCase[], seed: number, step: number, batch: number, n: number) =>
  caseFor(pool, seed, step * batch + n)

/** A whole scan as its cube, channels fastest, into `image`; in 2D a slice of it that `draw` chooses. */
export function readCube(plan: Plan, from: PreparedCase, draw: Random, image: Float32Array): void {
  const at = isPlanar(plan) ? draw.float() : 0
  cutPatch(from, patchCentre(from.shape, plan.patch, [0, 0, at]), {
    patch: plan.patch,
    image,
    label: null,
  })
}

export const cubeValues = ({ patch, channels }: Plan): number => patch[0] * patch[1] * patch[2] * channels

/** An exercise whose accuracy is the share of right answers; `feed` sets all inputs but the dropout masks. */
export function paperExercise(
  b: PaperBuilder,
  graph: Graph,
  parts: {
    loss: Tensor
    correct: Tensor
    chance: number
    /** What the accuracy is called, if not that. */
    accuracy?: string
    feed(inputs: Inputs, pool: readonly PreparedCase[], seed: number, step: number): void
  },
): Exercise {
  const { loss, correct, chance, accuracy = 'accuracy' } = parts
  return {
    graph,
    loss,
    outputs: { correct, ...b.moments },
    chance,
    feed(inputs, pool, seed, step) {
      parts.feed(inputs, pool, seed, step)
      b.dropouts.feed(inputs, seed, step)
    },
    figures: (result, prefix) => ({
      [`${prefix} loss`]: result.loss,
      [`${prefix} ${accuracy}`]: result.outputs.correct,
    }),
  }
}
