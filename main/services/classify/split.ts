/** Which graded images are learnt from, and which are kept to measure on. */
import { random } from '../../../shared/domain/random.ts'

export interface Split {
  /** Names of images, in the order given. */
  learnt: string[]
  validation: string[]
}

/**
 * Drawn by the seed, grade by grade, so that each part has them in the same proportions; both eyes of a person (`10_left`,
 * `10_right`) are in the same part, by the higher grade. validation: share of all; labels: share of the others that is learnt
 * from; of each grade at least one image. A smaller share is a part of a larger one.
 */
export function drawSplit(
  grades: ReadonlyMap<string, number>,
  shares: { validation: number; labels: number },
  seed: number,
): Split {
  const learnt = new Set<string>()
  const validation = new Set<string>()
  const persons = Map.groupBy([...grades.keys()].sort(), personOf)
  const byGrade = Map.groupBy(persons.values(), (names) => Math.max(...names.map((name) => grades.get(name)!)))
  for (const [grade, all] of byGrade) {
    const order = random(seed, 'grades', grade).shuffle([...all])
    const kept = Math.min(order.length - 1, Math.round(shares.validation * order.length))
    const count = Math.max(1, Math.round(shares.labels * (order.length - kept)))
    for (const name of order.slice(0, kept).flat()) validation.add(name)
    for (const name of order.slice(kept, kept + count).flat()) learnt.add(name)
  }
  const pick = (set: Set<string>) => [...grades.keys()].filter((name) => set.has(name))
  return { learnt: pick(learnt), validation: pick(validation) }
}

/** Whose image it is, by its name without the side. */
const personOf = (name: string): string => name.replace(/[ _-](left|right|l|r|od|os)$/i, '')
