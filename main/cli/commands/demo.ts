/** handful demo: the whole journey on bundled real scans, and an honest table at its end. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Training } from '../../../shared/api/contract.ts'
import { openDemo } from '../../services/demo.ts'
import { noise, verdict } from '../../services/verdict.ts'
import { deviceOption, jsonOption, minutesOption, seedOption } from '../arguments.ts'
import { followTraining } from '../follow-training.ts'
import { print, printJson, say } from '../output.ts'
import { withServices } from '../session.ts'
import { requireTrained, trainingJson, trainingTable } from '../training-report.ts'

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
  await withServices(async (services, isInterrupted) => {
    const began = performance.now()
    const folder = resolve(options.project)
    const project = await openDemo(services.context, folder)
    say(`Demo project in ${folder}: ${project.cases} hippocampus MR scans, ${project.labelled} of them labelled.`)
    const training = await followTraining(
      services,
      () =>
        services.handlers['training.start']({
          minutes: options.minutes ?? defaultMinutes,
          task: 'auto',
          recipe: 'handful',
          twin: true,
          accepted: true,
          seed: options.seed,
          device: options.device,
        }),
      isInterrupted,
    )
    requireTrained(training, folder)
    const seconds = Math.round((performance.now() - began) / 1000)
    const said = verdict(training.evaluation, training.scratchEvaluation)
    if (options.json) printJson({ ...trainingJson(training, folder, seconds), verdict: said })
    else print(demoWords(training, folder, seconds))
  })
}

function demoWords(training: Training, folder: string, seconds: number): string {
  const { evaluation, scratchEvaluation } = training
  return [
    '',
    `Dice on the ${evaluation?.cases.length ?? 0} validation cases, which neither pretraining nor fine-tuning has seen (1 = perfect):`,
    '',
    trainingTable(training, seconds),
    '',
    training.message,
    ...(scratchEvaluation
      ? [`Both were fine-tuned on the same labelled scans for as many steps. Differences under ${noise} are noise.`]
      : []),
    `The project is in ${folder}; \`npm start\` lists it.`,
  ].join('\n')
}
