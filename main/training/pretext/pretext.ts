/** What a pretext task is to the training loop. */
import type { Graph, Inputs, Tensor } from '../../engine/index.ts'
import type { Plan } from '../../../shared/domain/plan.ts'
import type { PaperOptions } from '../../../shared/domain/trainer.ts'
import type { PaperMode } from '../paper/network.ts'
import type { PreparedCase } from '../prepare.ts'

export interface PretextTask {
  readonly name: string
  /** Learning rate of the `handful` recipe, where it is not the usual one. */
  readonly rate?: number
  /** Network, loss and the making of batches, for this plan and these scans: the `handful` recipe. */
  build(plan: Plan, cases: readonly PreparedCase[]): Exercise
  /** The `paper` recipe; null where the paper has no such task. */
  readonly paper: PaperTask | null
}

export interface PaperTask {
  /** Learning rate, constant. */
  rate(plan: Plan): number
  /**
   * Training and validation are two graphs: the one normalises by the batch and drops out, the other by the running
   * statistics. Their parameters have the same names.
   */
  build(plan: Plan, options: { mode: PaperMode; variant: PaperOptions['variant'] }): Exercise
}

export interface Exercise {
  readonly graph: Graph
  readonly loss: Tensor
  /** Scalars besides the loss, such as the share of right answers. */
  readonly outputs: Record<string, Tensor>
  /** Accuracy of guessing, or null where the task has none. */
  readonly chance: number | null
  /** A step's batch: a pure function of pool, seed and step. */
  feed(inputs: Inputs, pool: readonly PreparedCase[], seed: number, step: number): void
  /**
   * Figures of a step, named for what they are, with `prefix` ("pretext", "pretext validation"). fed: its batch was the last one
   * that this exercise's `feed` made; those of a training are made by threads.
   */
  figures(
    result: { loss: number; outputs: Record<string, number> },
    prefix: string,
    fed?: boolean,
  ): Record<string, number>
}
