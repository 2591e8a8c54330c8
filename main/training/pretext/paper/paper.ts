/** What the tasks of the `paper` recipe share: scans as cubes, and an exercise around a loss. */
import type { Graph, Session, Tensor } from '../../../engine/index.ts'
import type { Plan } from '../../../../shared/domain/plan.ts'
import { caseFor } from '../../case-order.ts'
import { paperBuilder, type PaperBuilder } from '../../paper/network.ts'
import { cutPatch } from '../../patch.ts'
import type { PreparedCase } from '../../prepare.ts'
import type { Exercise } from '../pretext.ts'

export { paperBuilder, type PaperBuilder }

/** The scan of the nth sample of a step. */
export const scanOf = (pool: readonly PreparedCase[], seed: number, step: number, batch: number, n: number) =>
  caseFor(pool, seed, step * batch + n)

/** A whole scan as its cube, channels fastest, into `image`. */
export function readCube(plan: Plan, from: PreparedCase, image: Float32Array): void {
  cutPatch(from, from.shape.map((n) => (n - 1) / 2) as [number, number, number], {
    patch: plan.patch,
    image,
    label: null,
  })
}

export const cubeValues = (plan: Plan): number => plan.patch[0] ** 3 * plan.channels

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
    feed(session: Session, pool: readonly PreparedCase[], seed: number, step: number): void
  },
): Exercise {
  const { loss, correct, chance, accuracy = 'accuracy' } = parts
  return {
    graph,
    loss,
    outputs: { correct },
    chance,
    feed(session, pool, seed, step) {
      parts.feed(session, pool, seed, step)
      b.dropouts.feed(session, seed, step)
    },
    figures: (result, prefix) => ({
      [`${prefix} loss`]: result.loss,
      [`${prefix} ${accuracy}`]: result.outputs.correct,
    }),
  }
}
