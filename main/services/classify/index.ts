/**
 * Grading images (2D), such as retinal photographs by the severity of a disease: pretraining on all of them, fine-tuning on
 * those with a grade, and a measurement on some that were kept apart from both. It needs no project: all is in one folder.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Plan } from '../../../shared/domain/plan.ts'
import type { PretextTask } from '../../../shared/domain/records.ts'
import { GivenGrades, type Budget, type PaperOptions } from '../../../shared/domain/trainer.ts'
import { refuse, writeFileSafely, writeJson } from '../../library/index.ts'
import { gradesFile } from '../../training/grading/grade.ts'
import { quadraticKappa } from '../../training/grading/kappa.ts'
import { requireIdle, type Context } from '../context.ts'
import { runIn } from '../folder-run.ts'
import { defaultCheckpointSeconds, type RunSettings } from '../run-configs.ts'
import type { RunListener } from '../run-execution.ts'
import { missingGrades, readGrades, requireTwoGrades } from './grades.ts'
import { prepareImages, type PreparedImages } from './images.ts'
import { drawSplit } from './split.ts'

export type ClassifyWish = RunSettings & {
  /** Folder of images, CSV of grades, folder for the results. */
  images: string
  grades: string
  output: string
  /** Side of the square that every image is resized to, pixels. */
  size: number
  /** What is learnt from all images first; null: nothing. */
  task: Exclude<PretextTask, 'auto'> | null
  recipe: 'handful' | 'paper'
  variant?: PaperOptions['variant']
  /** Shares (0 to 1) of the graded images: kept to measure on; and learnt from, of the others. */
  validation: number
  labels: number
  pretrain: Budget
  finetune: Budget
  /** Whether the same is done from a random start, too. */
  twin: boolean
}

/** How well the grades agree with those of the CSV, on the images kept apart. */
export type Agreement = {
  /** Quadratic weighted kappa; null where it is not defined. */
  kappa: number | null
  accuracy: number
  /** confusion[given in the CSV][given by the model]: numbers of images. */
  confusion: number[][]
}

export type ClassifyOutcome = {
  images: number
  graded: number
  learnt: number
  validation: number
  /** 0 to one less than this. */
  grades: number
  /** Those between the lowest and the highest that no image has which is learnt from. */
  missing: number[]
  refused: PreparedImages['refused']
  model: Agreement
  /** The same network and steps from a random start; null where it was not asked for. */
  twin: Agreement | null
}

/** null where it was cancelled: the same call goes on from there. Leaves report.json, predictions.csv and the runs. */
export async function classify(
  context: Context,
  wish: ClassifyWish,
  listener: RunListener,
  isCancelled: () => boolean,
): Promise<ClassifyOutcome | null> {
  requireIdle(context, 'classifying')
  const given = readGrades(wish.grades)
  requireTwoGrades(given.values(), `All images that ${wish.grades} names`, 'Give images of two grades at least.')
  const output = resolve(wish.output)
  const prepared = await prepareImages(wish.images, join(output, 'images'), wish.size, listener, isCancelled)
  if (isCancelled()) return null
  const { cases, refused } = prepared
  const byName = new Map(cases.map((source) => [source.id, source]))
  const graded = new Map([...given].filter(([name]) => byName.has(name)))
  if (graded.size === 0) {
    const [name] = given.keys()
    refuse(`No image in ${wish.images} is named in ${wish.grades} (it names, for example, ${name}).`)
  }
  if (graded.size < given.size) {
    listener.notice?.(`${given.size - graded.size} of the ${given.size} graded images are not in ${wish.images}.`)
  }
  requireTwoGrades(graded.values(), `All graded images in ${wish.images}`, 'Give images of two grades at least.')
  const grades = Math.max(...graded.values()) + 1
  const split = drawSplit(graded, wish, wish.seed)
  if (split.validation.length < 2) refuse('Too few graded images are kept to measure on. Give more, or a larger share.')
  const gradesOf = (names: readonly string[]) => names.map((name) => graded.get(name)!)
  requireTwoGrades(gradesOf(split.learnt), 'All images to learn from', 'Give more graded images, or a larger share to learn from.') // prettier-ignore
  requireTwoGrades(gradesOf(split.validation), 'All images kept to measure on', 'Give more graded images of each grade, or a larger share to measure on.') // prettier-ignore
  const missing = missingGrades(gradesOf(split.learnt))
  if (missing.length > 0) {
    const list = missing.join(', ')
    listener.notice?.(
      `No image to learn from has grade ${list}, although some are graded lower and some higher: the model cannot learn where such a grade begins. If it does not exist, number the grades without a gap.`,
    )
  }
  const sources = (names: readonly string[]) => names.map((name) => byName.get(name)!)
  const kept = new Set(split.validation)

  const paper = { cube: wish.size, variant: wish.variant ?? 'code' }
  const { seed, device, threads = null, batchThreads, recipe } = wish
  const { checkpointSeconds = defaultCheckpointSeconds } = wish
  const settings = { runId: 'classify', seed, device, threads, batchThreads, checkpointSeconds }
  const common = { ...settings, recipe, paper, dimensions: 2 as const }
  const folderOf = (run: string) => join(output, run)
  if (wish.task !== null) {
    const pool = cases.filter(({ id }) => !kept.has(id))
    const config = { kind: 'pretrain' as const, ...common, task: wish.task, budget: wish.pretrain, cases: pool, labels: [], probe: [] } // prettier-ignore
    if (!(await runIn(context, folderOf('pretrain'), config, listener))) return null
  }
  const tune = async (run: string, from: string | null, like: string | null) => {
    const config = {
      kind: 'grade' as const,
      ...common,
      fromFolder: from && folderOf(from),
      likeFolder: like && folderOf(like),
      budget: like === null ? wish.finetune : {},
      grades,
      cases: sources(split.learnt).map((source) => ({ ...source, grade: graded.get(source.id)! })),
      others: run === 'scratch' ? sources(split.validation) : cases,
    }
    return runIn(context, folderOf(run), config, listener)
  }
  if (!(await tune('finetune', wish.task === null ? null : 'pretrain', null))) return null
  if (wish.twin && !(await tune('scratch', null, 'finetune'))) return null

  const measure = (run: string) => agreement(graded, split.validation, readGiven(folderOf(run)), grades)
  const outcome: ClassifyOutcome = {
    images: cases.length,
    graded: graded.size,
    learnt: split.learnt.length,
    validation: split.validation.length,
    grades,
    missing,
    refused,
    model: measure('finetune'),
    twin: wish.twin ? measure('scratch') : null,
  }
  writeFileSafely(join(output, 'predictions.csv'), [csvOf(readGiven(folderOf('finetune')))])
  writeJson(join(output, 'report.json'), { ...outcome, split, recipe, task: wish.task, seed })
  return outcome
}

export type GradeImagesWish = RunSettings & { images: string; model: string; output: string }

/** Grades other images by the model in a folder that `classify` has left; writes a CSV. null where it was cancelled. */
export async function gradeImages(
  context: Context,
  wish: GradeImagesWish,
  listener: RunListener,
  isCancelled: () => boolean,
): Promise<PreparedImages | null> {
  requireIdle(context, 'grading')
  const modelFolder = join(resolve(wish.model), 'finetune')
  const scratch = mkdtempSync(join(tmpdir(), 'handful-images-'))
  try {
    const prepared = await prepareImages(wish.images, scratch, sizeOf(modelFolder), listener, isCancelled)
    if (isCancelled()) return null
    const { seed, device, threads = null } = wish
    const run = join(scratch, 'run')
    const config = { kind: 'predict-grades' as const, runId: 'classify', seed, device, threads, modelFolder, cases: prepared.cases } // prettier-ignore
    if (!(await runIn(context, run, config, listener))) return null
    writeFileSafely(resolve(wish.output), [csvOf(readGiven(run))])
    return prepared
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function sizeOf(modelFolder: string): number {
  const file = join(modelFolder, 'plan.json')
  if (!existsSync(file)) refuse(`There is no model in ${modelFolder}. Give the folder that "classify" wrote.`)
  const plan = Plan.safeParse((JSON.parse(readFileSync(file, 'utf8')) as { plan: unknown }).plan)
  return plan.success ? plan.data.patch[0] : refuse(`${file} is damaged. Train again.`)
}

const readGiven = (folder: string): GivenGrades =>
  GivenGrades.parse(JSON.parse(readFileSync(join(folder, gradesFile), 'utf8')))

function agreement(
  graded: ReadonlyMap<string, number>,
  names: readonly string[],
  given: GivenGrades,
  grades: number,
): Agreement {
  const byModel = new Map(given.map(({ id, grade }) => [id, grade]))
  const [truth, guess] = [names.map((name) => graded.get(name)!), names.map((name) => byModel.get(name)!)]
  const confusion = Array.from({ length: grades }, () => new Array<number>(grades).fill(0))
  truth.forEach((grade, i) => confusion[grade][guess[i]]++)
  const right = truth.filter((grade, i) => grade === guess[i]).length
  return { kappa: quadraticKappa(truth, guess, grades), accuracy: right / names.length, confusion }
}

function csvOf(given: GivenGrades): string {
  const thresholds = given[0]?.reached.length ?? 0
  const head = ['image', 'grade', ...Array.from({ length: thresholds }, (_, i) => `reaches ${i + 1}`)]
  const quoted = (name: string) => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)
  return [head, ...given.map(({ id, grade, reached }) => [quoted(id), grade, ...reached])].join('\n') + '\n'
}
