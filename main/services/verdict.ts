/**
 * Is the model better than its twin from scratch? In words, and honestly: a small difference on a few cases is chance. It does not
 * say that pretraining helped: the automatic choice may have learnt from carried-over labels in its place.
 */
import type { Evaluation } from '../../shared/domain/records.ts'

/** Differences of mean Dice below this are noise with a handful of cases; see docs/learning.md. */
export const noise = 0.03

/** Of a cross-validation. A scan without its label tells less than with it, but something. */
export const sawHidden =
  'The pretraining saw the hidden scans, too, without their labels: the score may be a little too good.'

/** One or two sentences on the outcome of a training. Either evaluation may be missing. */
export function verdict(model: Evaluation | null, scratch: Evaluation | null): string {
  if (!model || model.dice === null) {
    return 'The model is trained. How good it is isn’t known: that needs a second labelled case, or one kept for validation.'
  }
  const n = model.cases.length
  const cases = `${n} ${model.method === 'validation' ? 'validation' : 'labelled'} case${n === 1 ? '' : 's'}`
  const how = model.method === 'validation' ? 'that training never saw' : '(each predicted without its own label)'
  const score = `Mean Dice ${model.dice.toFixed(3)} on ${cases} ${how}`
  if (!scratch || scratch.dice === null) return `${score}.`
  const gain = model.dice - scratch.dice
  const beside = `${score}; from scratch ${scratch.dice.toFixed(3)}.`
  if (Math.abs(gain) < noise) {
    return `${beside} The difference (${signed(gain)}) is within chance for so few cases: no better than from scratch, and no worse.`
  }
  const outcome = gain > 0 ? 'better' : 'worse'
  return `${beside} That is ${outcome} than from scratch (${signed(gain)}); ${n} cases are few, so take it as a hint.`
}

export const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
