/** An evaluation as the command line shows it. */
import type { Evaluation, LabelScore } from '../../shared/domain/records.ts'
import { figure, table } from './output.ts'

/** Figures of one label, averaged over the cases where they exist. */
export type LabelMean = Pick<LabelScore, 'value' | 'name' | 'dice' | 'hd95'> & {
  millilitres: number
  referenceMillilitres: number
}

export function labelMeans(evaluation: Evaluation): LabelMean[] {
  const labels = evaluation.cases[0]?.labels ?? []
  return labels.map(({ value, name }) => {
    const scores = evaluation.cases.flatMap((score) => score.labels.filter((label) => label.value === value))
    return {
      value,
      name,
      dice: mean(scores.map((score) => score.dice)),
      hd95: mean(scores.map((score) => score.hd95)),
      millilitres: mean(scores.map((score) => score.millilitres)) ?? 0,
      referenceMillilitres: mean(scores.map((score) => score.referenceMillilitres)) ?? 0,
    }
  })
}

/** Mean Dice of each region over the cases that have it. */
function regionMeans(evaluation: Evaluation): { name: string; dice: number | null }[] {
  const regions = evaluation.cases[0]?.regions ?? []
  return regions.map(({ name }, n) => ({ name, dice: mean(evaluation.cases.map((score) => score.regions![n].dice)) }))
}

/** For --json: cases by name as well as id, and the means. Dice in [0, 1], HD95 in mm, null where undefined. */
export function evaluationJson(evaluation: Evaluation) {
  const names = new Map(evaluation.cases.map((score) => [score.caseId, score.name]))
  const named = (ids: string[]) => ids.map((id) => names.get(id) ?? id)
  return {
    model: evaluation.modelId,
    dice: evaluation.dice,
    cases: evaluation.cases.map((score) => ({ case: score.name, ...score })),
    means: { dice: evaluation.dice, labels: labelMeans(evaluation), regions: regionMeans(evaluation) },
    seenInPretraining: named(evaluation.seenInPretraining),
    seenInTraining: named(evaluation.seenInTraining),
  }
}

export function evaluationTable(evaluation: Evaluation): string {
  const row = (name: string, label: Omit<LabelScore, 'value'>) => [
    name,
    label.name,
    figure(label.dice),
    figure(label.hd95, 2),
    figure(label.millilitres, 2),
    figure(label.referenceMillilitres, 2),
  ]
  const rows = evaluation.cases.flatMap((score) => [
    ...score.labels.map((label, n) => row(n === 0 ? score.name : '', label)),
    ...(score.regions ?? []).map(({ name, dice }) => ['', name, figure(dice), '', '', '']),
  ])
  rows.push(...labelMeans(evaluation).map((label, n) => row(n === 0 ? 'mean' : '', label)))
  rows.push(...regionMeans(evaluation).map(({ name, dice }) => ['', name, figure(dice), '', '', '']))
  const body = table(['case', 'label', 'Dice', 'HD95 (mm)', 'mL', 'labelled mL'], rows)
  return `${body}\n\nMean Dice over ${evaluation.cases.length} cases: ${figure(evaluation.dice)}`
}

const mean = (values: (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}
