/** Is the model better than its twin from scratch? Points are hundredths of Dice. */
import type { Evaluation } from '../../../shared/domain/records.ts'

/** With a handful of validation scans, smaller differences come and go with the seed. */
const noise = 3

export type Verdict = { kind: 'better' | 'noise' | 'worse'; points: number } | null

/** null where one of the two has no score. */
export function verdictOf(pretrained: Evaluation | null, scratch: Evaluation | null): Verdict {
  if (!pretrained || !scratch || pretrained.dice === null || scratch.dice === null) return null
  const points = 100 * (pretrained.dice - scratch.dice)
  return { kind: points >= noise ? 'better' : points <= -noise ? 'worse' : 'noise', points }
}

/** "+4.1", "−0.3" (a real minus sign). */
export function signedPoints(points: number): string {
  const text = Math.abs(points).toFixed(1)
  if (text === '0.0') return '±0.0'
  return `${points < 0 ? '−' : '+'}${text}`
}
