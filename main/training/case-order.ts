import { random } from '../../shared/domain/random.ts'

/** The case for the nth sample (counted over all steps): every one equally often, one shuffled round after another. */
export function caseFor<T>(cases: readonly T[], seed: number, sample: number): T {
  const round = Math.floor(sample / cases.length)
  const order = random(seed, 'case order', round).shuffle(cases.map((_, i) => i))
  return cases[order[sample % cases.length]]
}
