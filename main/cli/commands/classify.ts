/** handful classify: grading images (2D), with pretraining on all of them; needs no project. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { PretextTask } from '../../../shared/domain/records.ts'
import { PaperOptions } from '../../../shared/domain/trainer.ts'
import type { Agreement, ClassifyOutcome } from '../../services/classify/index.ts'
import { jsonOption, positiveInteger } from '../arguments.ts'
import { CommandError, exit, figure, print, printJson, progressLine, say, table, usage } from '../output.ts'
import { withServices } from '../session.ts'
import { addRunOptions, settingsOf, type RunOptions } from './training-options.ts'

type Options = RunOptions & {
  images: string
  output: string
  grades?: string
  model?: string
  task: Exclude<PretextTask, 'auto'> | 'none'
  recipe: 'handful' | 'paper'
  variant?: 'code' | 'text'
  size: number
  labels: number
  validation: number
  pretrainSteps: number
  steps: number
  twin?: boolean
  json?: boolean
}

export function classifyCommand(): Command {
  const command = new Command('classify')
    .description(
      'Learn to grade images (PNG, JPEG) from some that have a grade, pretrained on all; or grade by a model.',
    )
    .requiredOption('--images <folder>', 'PNG and JPEG images')
    .option('--grades <csv>', 'to learn: image name and grade (0, 1, 2 …) in each line')
    .option('--model <folder>', 'to grade: what an earlier call wrote')
    .requiredOption('--output <path>', 'folder for model and results; with --model the CSV to write')
    .addOption(
      new Option('--task <task>', 'what is learnt from all images first')
        .choices([...PretextTask.exclude(['auto']).options, 'none'])
        .default('exemplar'),
    )
    .addOption(
      new Option('--recipe <recipe>', 'handful: mended; paper: as published')
        .choices(['handful', 'paper'])
        .default('handful'),
    )
    .addOption(
      new Option('--variant <variant>', 'recipe paper: where text and released code differ').choices(['code', 'text']),
    )
    .option('--size <pixels>', 'side of the square that images are resized to', positiveInteger, 224)
    .option('--labels <percent>', 'share of the graded images to learn from', percent, 100)
    .option('--validation <percent>', 'share of the graded images kept apart to measure on', percent, 20)
    .option('--pretrain-steps <number>', 'budget of the pretraining', positiveInteger, 2000)
    .option('--steps <number>', 'budget of the fine-tuning', positiveInteger, 1000)
    .option('--twin', 'do the same from a random start, too')
  return addRunOptions(command)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `
Called again with the same options it goes on where it was stopped.

Examples:
  handful classify --images photos --grades grades.csv --output graded --labels 10 --twin
  handful classify --images more --model graded --output grades-of-more.csv`,
    )
    .action(async (options: Options) => {
      if (Boolean(options.grades) === Boolean(options.model))
        throw usage('Give --grades to learn, or --model to grade.')
      // What reads images is needed by this command alone.
      const { classify, gradeImages } = await import('../../services/classify/index.ts')
      await withServices(async ({ context }, isInterrupted) => {
        const listener = {
          progress: progressLine.show,
          notice: say,
          device: (name: string) => say(`Computing on: ${name}`),
        }
        if (options.model) {
          const wish = { ...settingsOf(options), images: options.images, model: options.model, output: options.output }
          const graded = await gradeImages(context, wish, listener, isInterrupted)
          if (graded === null) throw new CommandError('Stopped.', exit.cancelled)
          progressLine.clear()
          sayRefused(graded.refused)
          if (options.json) printJson({ images: graded.cases.length, refused: graded.refused, file: options.output })
          else print(options.output)
          return
        }
        const outcome = await classify(context, readWish(options), listener, isInterrupted)
        if (outcome === null) throw new CommandError('Stopped. The same command goes on from here.', exit.cancelled)
        progressLine.clear()
        sayRefused(outcome.refused)
        if (options.json) printJson(outcome)
        else print(describe(outcome))
      })
    })
}

function readWish(options: Options) {
  const size = PaperOptions.shape.cube.safeParse(options.size)
  if (!size.success) throw usage('--size must be a multiple of 16 from 32 to 256: the network halves it four times.')
  if (options.recipe === 'paper' && options.task === 'restoration')
    throw usage('Masked restoration is not among the paper’s tasks. Choose another --task, or --recipe handful.')
  const { task, images, output, recipe, variant, twin = false } = options
  return {
    ...settingsOf(options),
    images,
    grades: options.grades!,
    output,
    size: size.data,
    task: task === 'none' ? null : task,
    recipe,
    variant,
    validation: options.validation / 100,
    labels: options.labels / 100,
    pretrain: { steps: options.pretrainSteps },
    finetune: { steps: options.steps },
    twin,
  }
}

function sayRefused(refused: ClassifyOutcome['refused']): void {
  for (const { name, reason } of refused) say(`${name} could not be read: ${reason}.`)
}

function describe({ images, graded, learnt, validation, grades, model, twin }: ClassifyOutcome): string {
  const row = (name: string, { kappa, accuracy }: Agreement) => [name, figure(kappa), figure(accuracy)]
  const rows = [row('model', model), ...(twin ? [row('from scratch', twin)] : [])]
  return `${images} images, ${graded} of them graded (0 to ${grades - 1}); learnt from ${learnt}, measured on ${validation}.

${table(['', 'quadratic weighted kappa', 'accuracy'], rows)}`
}

function percent(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 100)) throw new InvalidArgumentError('A number above 0, up to 100, is needed.')
  return value
}
