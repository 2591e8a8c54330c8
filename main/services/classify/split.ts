/** Which graded images are learnt from, and which are kept to measure on. */
import { random } from '../../../shared/domain/random.ts'

export interface Split {
  /** Names of images, in the order given. */
  learnt: string[]
  validation: string[]
}

/**
 * Drawn by the seed, grade by grade, so that each part has them in the same proportions. validation: share of all; labels:
 * share of the others that is learnt from; of each grade at least one image. A smaller share is a part of a larger one.
 */
export function drawSplit(
  grades: ReadonlyMap<string, number>,
  shares: { validation: number; labels: number },
  seed: number,
): Split {
  const learnt = new Set<string>()
  const validation = new Set<string>()
  for (const grade of new Set(grades.values())) {
    const names = [...grades].filter(([, g]) => g === grade).map(([name]) => name).sort() // prettier-ignore
    const order = random(seed, 'grades', grade).shuffle(names)
    const kept = Math.min(order.length - 1, Math.round(shares.validation * order.length))
    order.slice(0, kept).forEach((name) => validation.add(name))
    const count = Math.max(1, Math.round(shares.labels * (order.length - kept)))
    order.slice(kept, kept + count).forEach((name) => learnt.add(name))
  }
  const pick = (set: Set<string>) => [...grades.keys()].filter((name) => set.has(name))
  return { learnt: pick(learnt), validation: pick(validation) }
}
