/** handful pretrain: self-supervised pretraining on scans, labelled or not. */
import { Command, Option } from 'commander'
import type { PretextTask } from '../../../shared/domain/records.ts'
import { PaperOptions, type Dimensions } from '../../../shared/domain/trainer.ts'
import { readMetrics } from '../../services/run-results.ts'
import { pretrain } from '../../services/runs.ts'
import {
  dimensionsOption,
  jsonOption,
  minutesOption,
  positiveInteger,
  projectOption,
  readBudget,
  readCaseList,
  stepsOption,
  taskOption,
  type BudgetOptions,
} from '../arguments.ts'
import { print, printJson, say, usage } from '../output.ts'
import { withProject } from '../session.ts'
import { addRunOptions, requireDone, settingsOf, showRun, type RunOptions } from './training-options.ts'

type Options = RunOptions &
  BudgetOptions & {
    project: string
    task: PretextTask
    recipe: 'handful' | 'paper'
    cube?: number
    variant?: 'code' | 'text'
    dimensions?: Dimensions
    cases?: string
    probe?: string
    json?: boolean
  }

const defaultMinutes = 5

export function pretrainCommand(): Command {
  const command = new Command('pretrain')
    .description('Pretrain a network on scans, labelled or not. Prints the id of the run.')
    .addOption(projectOption)
    .addOption(taskOption)
    .addOption(
      new Option('--recipe <recipe>', 'handful: mended; paper: as published')
        .choices(['handful', 'paper'])
        .default('handful'),
    )
    .addOption(
      new Option(
        '--cube <voxels>',
        'recipe paper: size of the cube that scans are resized to (default: 128)',
      ).argParser(positiveInteger),
    )
    .addOption(
      new Option('--variant <variant>', 'recipe paper: where text and released code differ').choices(['code', 'text']),
    )
    .addOption(dimensionsOption)
    .option('--cases <list>', 'names separated by commas, or a file with one a line (default: all training cases)')
    .option(
      '--probe <list>',
      'labelled cases on which --task auto compares what it tries (default: all labelled ones among the cases)',
    )
    .addOption(stepsOption)
    .addOption(minutesOption)
  return addRunOptions(command)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `\nWithout --steps or --minutes: ${defaultMinutes} minutes.\n\nExample:\n  handful pretrain --project study --task restoration --minutes 10\n  handful pretrain --project study --task rotation --recipe paper --cube 48 --minutes 60
  handful pretrain --project study --task rotation --recipe paper --cube 48 --dimensions 2 --minutes 60`,
    )
    .action(async (options: Options) => {
      const budget = readBudget(options, defaultMinutes)
      const paper = readPaper(options)
      if (options.probe !== undefined && options.task !== 'auto') throw usage('--probe is for --task auto.')
      await withProject(options.project, 'existing', async (session) => {
        const cases = options.cases ? readCaseList(session.library, options.cases) : null
        const probe = options.probe ? readCaseList(session.library, options.probe) : null
        if (!options.steps && !options.minutes)
          say(`Pretraining for ${defaultMinutes} minutes (--minutes or --steps to change).`)
        const { task, recipe, dimensions } = options
        const { run } = await pretrain(
          session.context,
          { ...settingsOf(options), cases, probe, task, recipe, paper, dimensions, budget },
          showRun(),
        )
        requireDone(run, session)
        const last = readMetrics(session.library, run).at(-1)
        if (options.json)
          printJson({
            run: run.id,
            steps: run.step,
            seconds: last?.seconds ?? null,
            device: run.device,
            last: last?.values ?? null,
          })
        else print(run.id)
      })
    })
}

/** What the recipe `paper` leaves open; undefined for the other one. */
function readPaper({ recipe, cube, variant }: Options): PaperOptions | undefined {
  if (recipe !== 'paper') {
    if (cube !== undefined || variant !== undefined) throw usage('--cube and --variant belong to --recipe paper.')
    return undefined
  }
  const parsed = PaperOptions.safeParse({ cube, variant })
  if (!parsed.success) throw usage(parsed.error.issues[0].message)
  return parsed.data
}
