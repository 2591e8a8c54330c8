/** handful train: what the button Train does, on a project. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { TrainingRequest } from '../../../shared/api/contract.ts'
import { deviceOption, jsonOption, minutesOption, projectOption, seedOption, taskOption } from '../arguments.ts'
import { followTraining } from '../follow-training.ts'
import { print, printJson, usage } from '../output.ts'
import { withProject } from '../session.ts'
import { requireTrained, trainingJson, trainingTable } from '../training-report.ts'

type Options = Omit<TrainingRequest, 'minutes' | 'recipe'> & { project: string; minutes?: number; json?: boolean }

const defaultMinutes = 15

export function trainCommand(): Command {
  return new Command('train')
    .description(
      'Pretrain, fine-tune beside a twin from scratch, propose labels, measure: all that the button Train does.',
    )
    .addOption(projectOption)
    .addOption(minutesOption)
    .addOption(taskOption)
    .option('--no-twin', 'no twin from scratch: its time goes into the model')
    .option('--no-accepted', 'do not learn from labels that were accepted from a model')
    .addOption(seedOption)
    .addOption(deviceOption)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `
Without --minutes: ${defaultMinutes} minutes for all stages together. It is measured on the validation cases; without any, each
labelled case is hidden in turn and predicted by a model made from the others.

Examples:
  handful train --project study --minutes 60
  handful report TRAINING --project study --output report.html`,
    )
    .action(async ({ project, json, minutes = defaultMinutes, ...wish }: Options) => {
      await withProject(project, 'existing', async (session) => {
        const { services } = session
        if (minutes < 0.2) throw usage('A training takes 0.2 minutes at least.')
        const began = performance.now()
        const { task, twin, accepted, seed, device } = wish
        const request = { minutes, task, recipe: 'handful' as const, twin, accepted, seed, device }
        const training = await followTraining(
          services,
          () => services.handlers['training.start'](request),
          () => session.interrupted,
        )
        const folder = resolve(project)
        requireTrained(training, folder)
        const seconds = Math.round((performance.now() - began) / 1000)
        if (json) printJson({ ...trainingJson(training, folder, seconds), message: training.message })
        else print([`Training ${training.id}`, training.message, trainingTable(training, seconds)].join('\n\n'))
      })
    })
}
