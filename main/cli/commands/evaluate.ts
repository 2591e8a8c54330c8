/** handful evaluate: a model against the labels of cases. */
import { Command } from 'commander'
import { evaluateModel } from '../../services/predictions.ts'
import { evaluationJson, evaluationTable } from '../evaluation-report.ts'
import { deviceOption, jsonOption, projectOption, readCaseList, threadsOption } from '../arguments.ts'
import { print, printJson, progressLine, say, usage } from '../output.ts'
import { withProject } from '../session.ts'
import { chosenModel, modelOption } from './chosen-model.ts'
import { requireDone, showRun } from './training-options.ts'

type Options = { project: string; model?: string; cases?: string; device: string; threads?: number; json?: boolean }

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Compare a model’s predictions with labels: Dice, HD95 (mm) and volumes (mL) per case and label.')
    .addOption(projectOption)
    .addOption(modelOption())
    .option(
      '--cases <list>',
      'labelled cases: names separated by commas, or a file (default: labelled validation cases)',
    )
    .addOption(deviceOption)
    .addOption(threadsOption)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      '\nExample:\n  handful evaluate --project study --model model-0a1b2c3d4e --cases scan_07,scan_12 --json',
    )
    .action(async (options: Options) => {
      await withProject(options.project, 'existing', async (session) => {
        const { library, context } = session
        const { id: modelId } = chosenModel(library, options.model)
        const validation = library
          .cases()
          .filter((entry) => entry.role === 'validation' && entry.labelVersionId !== null)
        const cases = options.cases === undefined ? validation : readCaseList(library, options.cases)
        if (cases.length === 0) throw usage('There is no labelled validation case. Name the cases with --cases.')
        const wish = { seed: 0, device: options.device, threads: options.threads ?? null, modelId, cases }
        const { run, evaluation } = await evaluateModel(context, wish, showRun())
        requireDone(run, session)
        progressLine.clear()
        if (!evaluation) throw new Error('the evaluation is done but gave nothing')
        if (options.json) printJson(evaluationJson(evaluation))
        else print(evaluationTable(evaluation))
        const seen = new Set([...evaluation.seenInTraining, ...evaluation.seenInPretraining])
        const names = evaluation.cases.filter((score) => seen.has(score.caseId)).map((score) => score.name)
        if (names.length > 0) say(`Note: the model has seen ${names.join(', ')} before, so these scores are too good.`)
      })
    })
}
