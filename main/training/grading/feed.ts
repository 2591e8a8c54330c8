/** What a step of learning to grade sees: images, each flipped and zoomed about its middle, and their grades. */
import type { Inputs } from '../../engine/index.ts'
import type { Plan } from '../../../shared/domain/plan.ts'
import { random } from '../../../shared/domain/random.ts'
import { caseFor } from '../case-order.ts'
import { patchCentre, warpPatch, type Matrix3 } from '../patch.ts'
import type { PreparedCase } from '../prepare.ts'
import { gradingBatch, wantedOf } from './network.ts'

/** The knobs, in one place. */
export const gradingFeedRules = { flip: 0.5, zoom: [0.85, 1.15] as const }

export interface Graded {
  plan: Plan
  cases: readonly PreparedCase[]
  /** How many grades there are, and that of each case by its id. */
  grades: number
  gradeOf: ReadonlyMap<string, number>
  seed: number
}

/** The inputs `image` and `wanted` of a step: a pure function of seed and step. */
export function feedGrading({ plan, cases, grades, gradeOf, seed }: Graded, inputs: Inputs, step: number): void {
  const batch = gradingBatch(plan)
  const size = imageValues(plan)
  const images = new Float32Array(batch * size)
  const shown = Array.from({ length: batch }, (_, n) => {
    const draw = random(seed, 'grading', step, n)
    const from = caseFor(cases, seed, step * batch + n)
    const { flip, zoom } = gradingFeedRules
    const [x, y] = [0, 1].map(() => (draw.chance(flip) ? -1 : 1) / draw.uniform(...zoom))
    const matrix: Matrix3 = [
      [x, 0, 0],
      [0, y, 0],
      [0, 0, 1],
    ]
    const centre = patchCentre(from.shape, plan.patch, [0.5, 0.5, 0])
    const image = images.subarray(n * size, (n + 1) * size)
    warpPatch(from, centre, matrix, { patch: plan.patch, image, label: null })
    return gradeOf.get(from.id)!
  })
  inputs.setInput('image', images)
  inputs.setInput('wanted', wantedOf(shown, grades - 1))
}

export const imageValues = ({ patch, channels }: Plan): number => patch[0] * patch[1] * patch[2] * channels
