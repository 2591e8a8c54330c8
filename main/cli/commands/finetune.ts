/** handful finetune: from a pretrained or random start to a segmentation model. */
import { Command, Option } from 'commander'
import { PaperTuning, type Dimensions } from '../../../shared/domain/trainer.ts'
import type { Library } from '../../library/index.ts'
import { readMetrics } from '../../services/run-results.ts'
import { finetune } from '../../services/runs.ts'
import {
  dimensionsOption,
  jsonOption,
  minutesOption,
  projectOption,
  readBudget,
  readCaseList,
  stepsOption,
  type BudgetOptions,
} from '../arguments.ts'
import { print, printJson, say, usage } from '../output.ts'
import { withProject } from '../session.ts'
import { addRunOptions, requireDone, settingsOf, showRun, type RunOptions } from './training-options.ts'

type Options = RunOptions &
  BudgetOptions & {
    project: string
    cases: string
    from?: string
    like?: string
    dimensions?: Dimensions
    selfTraining?: boolean
    paperTuning?: PaperTuning
    json?: boolean
  }

const defaultMinutes = 5

export function finetuneCommand(): Command {
  const command = new Command('finetune')
    .description('Train a segmentation model on labelled cases. Prints the id of the model.')
    .addOption(projectOption)
    .requiredOption('--cases <list>', 'labelled cases: names separated by commas, or a file with one a line')
    .option(
      '--from <run>',
      'pretraining run to start from, or "scratch" (default: the newest finished one, else scratch)',
    )
    .option('--like <run>', 'run whose plan a start from scratch takes over, so that the two compare')
    .addOption(dimensionsOption)
    .option(
      '--self-training',
      'after half of the steps label the other training cases (by the network, and by carrying labels over), and learn from those too',
    )
    .option('--no-self-training', 'do not (default: as the pretraining --task auto that it starts from found best)')
    .addOption(
      new Option(
        '--paper-tuning <experiment>',
        'from a pretraining of the recipe paper: rate, clipping and frozen steps of which of its experiments',
      ).choices(PaperTuning.options),
    )
    .addOption(stepsOption)
    .addOption(minutesOption)
  return addRunOptions(command)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `\nWithout --steps or --minutes: ${defaultMinutes} minutes.\n\nExample:\n  handful finetune --project study --cases scan_01,scan_02,scan_05 --minutes 10`,
    )
    .action(async (options: Options) => {
      const budget = readBudget(options, defaultMinutes)
      await withProject(options.project, 'existing', async (session) => {
        const { library, context } = session
        const cases = readCaseList(library, options.cases)
        const from = chooseStart(
          library,
          (options.like || options.dimensions) && !options.from ? 'scratch' : options.from,
        )
        if (options.like && from !== null)
          throw usage('--like is for a start from scratch: a pretraining brings its own plan.')
        if (options.dimensions && (from !== null || options.like))
          throw usage('--dimensions is for a start from scratch without --like: a pretraining brings its own plan.')
        const held = cases.filter((entry) => entry.role === 'validation').map((entry) => entry.name)
        if (held.length > 0)
          say(`Note: learning from validation cases (${held.join(', ')}): a measurement on them will be too good.`)
        const passedOver = options.from === undefined ? chooseStart(library, undefined) : null
        const why = passedOver ? `, as ${options.like ? '--like' : '--dimensions'} asks; not from ${passedOver}` : ''
        say(from === null ? `Starting from scratch (random weights)${why}.` : `Starting from the pretraining ${from}.`)
        if (!options.steps && !options.minutes)
          say(`Fine-tuning for ${defaultMinutes} minutes (--minutes or --steps to change).`)
        const { run } = await finetune(
          context,
          {
            ...settingsOf(options),
            cases,
            from,
            like: options.like ?? null,
            dimensions: options.dimensions,
            selfTraining: options.selfTraining,
            paperTuning: options.paperTuning,
            budget,
          },
          showRun(),
        )
        requireDone(run, session)
        const last = readMetrics(library, run).at(-1)
        const { modelId, fromRunId, device } = run
        if (options.json) {
          printJson({
            model: modelId,
            run: run.id,
            from: fromRunId ?? 'scratch',
            steps: run.step,
            seconds: last?.seconds ?? null,
            device,
            last: last?.values ?? null,
          })
        } else print(modelId ?? '')
      })
    })
}

/** A run id, or null for scratch. */
function chooseStart(library: Library, from: string | undefined): string | null {
  if (from === 'scratch') return null
  if (from !== undefined) return from
  return library.runs().find((run) => run.kind === 'pretrain' && run.state === 'done')?.id ?? null
}
