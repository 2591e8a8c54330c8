/** handful evaluate: a model against the labels of cases. */
import { Command, InvalidArgumentError } from 'commander'
import type { LabelRegion } from '../../../shared/domain/records.ts'
import { evaluateModel } from '../../services/predictions.ts'
import { sortCases } from '../../services/training-plan.ts'
import { evaluationJson, evaluationTable } from '../evaluation-report.ts'
import {
  allPiecesOption,
  deviceOption,
  jsonOption,
  projectOption,
  readCaseList,
  threadsOption,
  weightsOption,
} from '../arguments.ts'
import { print, printJson, progressLine, say, usage } from '../output.ts'
import { withProject } from '../session.ts'
import { chosenModel, modelOption } from './chosen-model.ts'
import { requireDone, showRun } from './training-options.ts'

type Options = {
  project: string
  model?: string
  cases?: string
  region?: LabelRegion[]
  weights: 'last' | 'best'
  allPieces?: boolean
  device: string
  threads?: number
  json?: boolean
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Compare a model’s predictions with labels: Dice, HD95 (mm) and volumes (mL) per case and label.')
    .addOption(projectOption)
    .addOption(modelOption())
    .option(
      '--cases <list>',
      'labelled cases: names separated by commas, or a file (default: validation cases that a person labelled)',
    )
    .option(
      '--region <name=values>',
      'labels that are measured as one, too, such as "Whole tumour=1+2+4"; may be repeated',
      readRegion,
    )
    .addOption(weightsOption)
    .addOption(allPiecesOption)
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
        const cases =
          options.cases === undefined
            ? sortCases(library, { accepted: false }).validation
            : readCaseList(library, options.cases)
        const accepted = cases.filter(({ status }) => status === 'accepted').map(({ name }) => name)
        if (accepted.length > 0)
          say(
            `Note: the labels of ${accepted.join(', ')} were accepted from a model: they say how alike two models are.`,
          )
        if (cases.length === 0) throw usage('There is no labelled validation case. Name the cases with --cases.')
        const { device, threads = null, weights, allPieces, region: regions } = options
        const wish = { seed: 0, device, threads, weights, allPieces, modelId, cases, regions }
        const { run, evaluation } = await evaluateModel(context, wish, showRun())
        requireDone(run, session)
        progressLine.clear()
        if (!evaluation) throw new Error('the evaluation is done but gave nothing')
        if (options.json) printJson(evaluationJson(evaluation))
        else print(evaluationTable(evaluation))
        if (weights === 'best' || allPieces) say(aside)
        const seen = new Set([...evaluation.seenInTraining, ...evaluation.seenInPretraining])
        const names = evaluation.cases.filter((score) => seen.has(score.caseId)).map((score) => score.name)
        if (names.length > 0) say(`Note: the model has seen ${names.join(', ')} before, so these scores are too good.`)
      })
    })
}

const aside =
  'Note: this is how the model does with what was asked for here; its own figures in the project stay as they were.'

/** "Whole tumour=1+2+4", beside those before it. */
function readRegion(text: string, before: LabelRegion[] = []): LabelRegion[] {
  const [, name, list] = /^(.+)=(\d+(?:\+\d+)*)$/.exec(text) ?? []
  if (!name) throw new InvalidArgumentError('Write a name and label values, such as "Whole tumour=1+2+4".')
  return [...before, { name, values: list.split('+').map(Number) }]
}
