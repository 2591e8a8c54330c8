/** A training that has ended, as the command line shows it: scores beside the twin's, stages, device. */
import type { Training } from '../../shared/api/contract.ts'
import type { Evaluation } from '../../shared/domain/records.ts'
import { signed } from '../services/verdict.ts'
import { evaluationJson, labelMeans } from './evaluation-report.ts'
import { CommandError, duration, exit, figure, table } from './output.ts'

/** Refuses a training that ended early, with the exit code it deserves and how to go on. */
export function requireTrained(training: Training, folder: string): void {
  if (training.state === 'done') return
  const again = `Continue with: handful resume --project ${folder} --run ${training.id}`
  throw new CommandError(`${training.message} ${again}`, training.state === 'failed' ? exit.failed : exit.cancelled)
}

export function trainingTable(training: Training, seconds: number): string {
  const { evaluation, scratchEvaluation } = training
  const stages = training.stages.map((stage) => [stage.name, stage.state, String(stage.seconds)])
  return [
    evaluation ? scoreTable(evaluation, scratchEvaluation) : 'Nothing was measured.',
    table(['stage', 'state', 'seconds'], stages),
    `Device: ${training.device ?? 'unknown'}. All together: ${duration(seconds)}.`,
  ].join('\n\n')
}

/** scratch: of the twin, null where there is none. Cases of the two are matched by id: one may lack what the other has. */
export function scoreTable(model: Evaluation, scratch: Evaluation | null): string {
  const row = (name: string, label: string, a: number | null, b: number | null = null) => [
    name,
    label,
    figure(a),
    ...(scratch ? [figure(b), a === null || b === null ? '–' : signed(a - b)] : []),
  ]
  const twinOf = new Map(scratch?.cases.map((score) => [score.caseId, score]))
  const rows = model.cases.flatMap((score) => {
    const twin = new Map(twinOf.get(score.caseId)?.labels.map(({ value, dice }) => [value, dice]))
    return score.labels.map(({ value, name, dice }, n) => row(n === 0 ? score.name : '', name, dice, twin.get(value)))
  })
  const means = new Map(scratch && labelMeans(scratch).map(({ value, dice }) => [value, dice]))
  rows.push(
    ...labelMeans(model).map(({ value, name, dice }, n) => row(n === 0 ? 'mean' : '', name, dice, means.get(value))),
  )
  rows.push(row('', 'all labels', model.dice, scratch?.dice))
  return table(['case', 'label', 'Dice', ...(scratch ? ['from scratch', 'difference'] : [])], rows)
}

/** What the verdict is, the caller says. */
export function trainingJson(training: Training, folder: string, seconds: number) {
  const { evaluation, scratchEvaluation } = training
  return {
    project: folder,
    training: training.id,
    model: training.modelId,
    scratchModel: training.scratchModelId,
    device: training.device,
    seconds,
    stages: training.stages.map(({ key, name, state, seconds: took }) => ({ key, name, state, seconds: took })),
    pretrained: evaluation && { method: evaluation.method, ...evaluationJson(evaluation) },
    scratch: scratchEvaluation && { method: scratchEvaluation.method, ...evaluationJson(scratchEvaluation) },
  }
}
