/** How well a pretext task goes on scans that it does not learn from. */
import type { Session } from '../../engine/index.ts'
import { hashStream } from '../../../shared/domain/random.ts'
import type { PreparedCase } from '../prepare.ts'
import type { Exercise } from './pretext.ts'
import { openForward, type Weights } from './statistics.ts'

export interface Check {
  /** Figures of a forward pass over some batches, their mean; the batches are the same every time. */
  figures(batches: number): Promise<Record<string, number>>
  close(): Promise<void>
}

/** By the training session itself: for networks that compute the same in training and after. */
export function checkBySame(exercise: Exercise, session: Session, pool: readonly PreparedCase[], seed: number): Check {
  return { figures: (batches) => meanFigures(exercise, session, pool, seed, batches), close: async () => undefined }
}

/** By a session of its own, for the exercise as it is after training (mode `inference`), with the weights of the moment. */
export async function checkByOther(
  exercise: Exercise,
  weights: Weights,
  pool: readonly PreparedCase[],
  options: { seed: number; device: string; threads: number },
): Promise<Check> {
  const { session } = await openForward(exercise, options)
  return {
    async figures(batches) {
      session.setParameters(await weights.now())
      return meanFigures(exercise, session, pool, options.seed, batches)
    },
    close: () => session.close(),
  }
}

async function meanFigures(
  exercise: Exercise,
  session: Session,
  pool: readonly PreparedCase[],
  seed: number,
  batches: number,
): Promise<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (let i = 0; i < batches; i++) {
    exercise.feed(session, pool, hashStream(seed, ['validation']), i)
    const { loss, outputs } = await session.evaluate()
    const figures = exercise.figures({ loss: loss ?? outputs.loss, outputs }, 'pretext validation', true)
    for (const [name, value] of Object.entries(figures)) sums[name] = (sums[name] ?? 0) + value / batches
  }
  return sums
}
