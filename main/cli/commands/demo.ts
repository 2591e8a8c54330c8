/** handful demo: the whole journey on bundled real scans, and an honest table at its end. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Training } from '../../../shared/api/contract.ts'
import type { Evaluation } from '../../../shared/domain/records.ts'
import { openDemo } from '../../services/demo.ts'
import { noise, signed, verdict } from '../../services/verdict.ts'
import { deviceOption, jsonOption, minutesOption, seedOption } from '../arguments.ts'
import { evaluationJson, labelMeans } from '../evaluation-report.ts'
import { followTraining } from '../follow-training.ts'
import { CommandError, duration, exit, figure, print, printJson, say, table } from '../output.ts'
import { withServices } from '../session.ts'

type Options = { project: string; minutes?: number; seed: number; device: string; json?: boolean }

const defaultMinutes = 4.5

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Make the demo project, pretrain, fine-tune with 3 labelled cases beside a from-scratch twin, predict, measure.',
    )
    .option('--project <folder>', 'where; made if missing', 'handful-demo')
    .addOption(minutesOption)
    .addOption(seedOption)
    .addOption(deviceOption)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `\nWithout --minutes: ${defaultMinutes} minutes for all stages together.\n\nExample:\n  handful demo --minutes 10`,
    )
    .action((options: Options) => runDemo(options))
}

async function runDemo(options: Options): Promise<void> {
  await withServices(async (services) => {
    const began = performance.now()
    const folder = resolve(options.project)
    const project = await openDemo(services.context, folder)
    say(`Demo project in ${folder}: ${project.cases} hippocampus MR scans, ${project.labelled} of them labelled.`)
    const training = await followTraining(services, () =>
      services.handlers['training.start']({
        minutes: options.minutes ?? defaultMinutes,
        task: 'auto',
        recipe: 'handful',
        twin: true,
        accepted: true,
        seed: options.seed,
        device: options.device,
      }),
    )
    if (training.state !== 'done') {
      const again = `Continue with: handful resume --project ${folder} --run ${training.id}`
      throw new CommandError(`${training.message} ${again}`, training.state === 'failed' ? exit.failed : exit.cancelled)
    }
    const seconds = Math.round((performance.now() - began) / 1000)
    if (options.json) printJson(demoJson(training, folder, seconds))
    else print(demoWords(training, folder, seconds))
  })
}

function demoWords(training: Training, folder: string, seconds: number): string {
  const { evaluation, scratchEvaluation } = training
  const stages = training.stages.map((stage) => [stage.name, stage.state, String(stage.seconds)])
  const scores = evaluation && scratchEvaluation ? scoreTable(evaluation, scratchEvaluation) : 'Nothing was measured.'
  return [
    '',
    `Dice on the ${evaluation?.cases.length ?? 0} validation cases, which neither pretraining nor fine-tuning has seen (1 = perfect):`,
    '',
    scores,
    '',
    verdict(evaluation, scratchEvaluation),
    `Both were fine-tuned on the same labelled scans for the same number of steps. Differences under ${noise} are noise.`,
    '',
    table(['stage', 'state', 'seconds'], stages),
    '',
    `Device: ${training.device ?? 'unknown'}. All together: ${duration(seconds)}.`,
    `The project is in ${folder}; \`npm start\` lists it.`,
  ].join('\n')
}

function scoreTable(model: Evaluation, scratch: Evaluation): string {
  const row = (name: string, label: string, a: number | null, b: number | null) => [
    name,
    label,
    figure(a),
    figure(b),
    a === null || b === null ? '–' : signed(a - b),
  ]
  const rows = model.cases.flatMap((score, n) =>
    score.labels.map((label, m) =>
      row(m === 0 ? score.name : '', label.name, label.dice, scratch.cases[n]?.labels[m]?.dice ?? null),
    ),
  )
  const other = labelMeans(scratch)
  rows.push(
    ...labelMeans(model).map((label, n) => row(n === 0 ? 'mean' : '', label.name, label.dice, other[n]?.dice ?? null)),
  )
  rows.push(row('', 'all labels', model.dice, scratch.dice))
  return table(['case', 'label', 'pretrained', 'from scratch', 'difference'], rows)
}

function demoJson(training: Training, folder: string, seconds: number) {
  return {
    project: folder,
    training: training.id,
    model: training.modelId,
    scratchModel: training.scratchModelId,
    device: training.device,
    seconds,
    stages: training.stages.map(({ key, name, state, seconds: took }) => ({ key, name, state, seconds: took })),
    pretrained: training.evaluation && evaluationJson(training.evaluation),
    scratch: training.scratchEvaluation && evaluationJson(training.scratchEvaluation),
    verdict: verdict(training.evaluation, training.scratchEvaluation),
  }
}
