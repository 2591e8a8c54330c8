/** handful resume: a run (or a whole training) that was cancelled, failed or interrupted goes on from its last checkpoint. */
import { Command } from 'commander'
import { resumeRun } from '../../services/runs.ts'
import { jsonOption, projectOption } from '../arguments.ts'
import { CommandError, exit, print, printJson, progressLine } from '../output.ts'
import { withProject } from '../session.ts'
import { followTraining } from '../follow-training.ts'
import { requireDone, showRun } from './training-options.ts'

export function resumeCommand(): Command {
  return new Command('resume')
    .description('Continue a run from its last checkpoint; it ends with the same weights as if it had never stopped.')
    .addOption(projectOption)
    .requiredOption('--run <id>', 'run, or training; a run of a training brings the training’s later stages with it')
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  handful resume --project study --run pretrain-0a1b2c3d4e')
    .action(async (options: { project: string; run: string; json?: boolean }) => {
      await withProject(options.project, 'existing', async (session) => {
        const { library, context, services } = session
        const trainingId = library.training(options.run) ? options.run : library.trainingOfRun(options.run)
        if (trainingId) {
          const training = await followTraining(
            services,
            () => services.handlers['training.resume']({ trainingId }),
            () => session.interrupted,
          )
          if (options.json)
            printJson({
              training: training.id,
              state: training.state,
              model: training.modelId,
              message: training.message,
            })
          else print(training.modelId ?? training.id)
          if (training.state !== 'done') {
            throw new CommandError(training.message, training.state === 'failed' ? exit.failed : exit.cancelled)
          }
          return
        }
        const { run } = await resumeRun(context, options.run, showRun())
        requireDone(run, session)
        progressLine.clear()
        if (options.json) printJson({ run: run.id, model: run.modelId, steps: run.step, device: run.device })
        else print(run.kind === 'finetune' && run.modelId ? run.modelId : run.id)
      })
    })
}
