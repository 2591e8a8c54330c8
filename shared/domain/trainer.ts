/**
 * What passes between the main process and the trainer process (main/workers/trainer.ts).
 * The trainer gets one argument: a run folder with a `config.json` of one of these shapes; it writes all its results
 * there and tells its parent about them by messages. The parent alone writes the project's database.
 */
import { z } from 'zod'
import { Affine, Evaluation, Label, LabelRegion, Metric, PretextTask, Recipe, Vector3 } from './records.ts'

/** A case as the trainer reads it: a canonical volume file (raw little-endian samples, x fastest, channel slowest). */
export const TrainerCase = z.object({
  id: z.string(),
  name: z.string(),
  modality: z.string(),
  volumeFile: z.string(),
  type: z.enum(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64']),
  shape: Vector3,
  spacing: Vector3,
  affine: Affine,
  channels: z.number().int(),
  /** gzip-compressed Uint8 label map on the same grid. */
  labelFile: z.string().nullable(),
  /** Of an image with black beside it: the part that pretraining keeps to, first voxel and size; absent: all. */
  shown: z.object({ low: Vector3, size: Vector3 }).optional(),
})
export type TrainerCase = z.infer<typeof TrainerCase>

/** Exactly one of the two. Minutes are turned into a fixed number of steps after a short calibration, recorded in plan.json. */
export const Budget = z.object({
  steps: z.number().int().positive().optional(),
  minutes: z.number().positive().optional(),
})
export type Budget = z.infer<typeof Budget>

/** What the `paper` recipe leaves to the user. */
export const PaperOptions = z.object({
  /** Voxels along each axis of the cube that every scan is resized to: as published, or fewer for small scans and machines. */
  cube: z
    .number()
    .int()
    .min(32, 'The cube needs at least 32 voxels along each axis.')
    .max(256)
    .multipleOf(16, 'The cube’s voxels along each axis must be a multiple of 16: the network halves them four times.')
    .default(128),
  /** Which to follow where the paper's text and its released code differ: CPC's loss, and the heads of exemplar. */
  variant: z.enum(['code', 'text']).default('code'),
})
export type PaperOptions = z.infer<typeof PaperOptions>

/** Of which of the paper's experiments the constants of fine-tuning are. */
export const PaperTuning = z.enum(['pancreas', 'brats'])
export type PaperTuning = z.infer<typeof PaperTuning>

/** Of the network: 3 for scans as they are (also where it is left out), 2 for their axial slices, one by one. */
export const Dimensions = z.union([z.literal(2), z.literal(3)])
export type Dimensions = z.infer<typeof Dimensions>

const common = {
  runId: z.string(),
  seed: z.number().int(),
  device: z.string(),
  threads: z.number().int().nullable(),
  /** Threads that make batches ahead of the training; absent: as many as pay. The results do not depend on it. */
  batchThreads: z.number().int().min(0).max(8).optional(),
}

/** Ids of labelled cases that are withheld together where cases are hidden in turn, and of those that are then measured on. */
export const HiddenCases = z.object({ cases: z.array(z.string()), measured: z.array(z.string()) })
export type HiddenCases = z.infer<typeof HiddenCases>

export const PretrainConfig = z.object({
  kind: z.literal('pretrain'),
  ...common,
  task: PretextTask,
  recipe: Recipe,
  /** Only for the recipe `paper`; absent: as published. */
  paper: PaperOptions.optional(),
  dimensions: Dimensions.optional(),
  budget: Budget,
  checkpointSeconds: z.number(),
  cases: z.array(TrainerCase),
  /** Labelled cases on which task "auto" compares its candidates. */
  probe: z.array(TrainerCase).default([]),
  /** Which of them are hidden in turn; absent: each by itself. */
  hidden: z.array(HiddenCases).optional(),
  labels: z.array(Label),
})
export type PretrainConfig = z.infer<typeof PretrainConfig>

export const FinetuneConfig = z.object({
  kind: z.literal('finetune'),
  ...common,
  /** Run folder of the pretraining, or null for a random start. */
  fromFolder: z.string().nullable(),
  /** Run folder whose plan.json and number of steps are taken over: the from-scratch twin names its sibling here. */
  likeFolder: z.string().nullable(),
  /** Only where neither of them gives a plan. */
  dimensions: Dimensions.optional(),
  /** Scans that self-training may label for itself; absent: none. */
  unlabelled: z.array(TrainerCase).optional(),
  /** Absent: as the automatic choice of the pretraining that it starts from found best; without such a choice: no. */
  selfTraining: z.boolean().optional(),
  /** Whose constants, where the plan is of the recipe "paper"; absent: the pancreas'. */
  paperTuning: PaperTuning.optional(),
  /** Labelled validation cases whose Dice is followed while it learns; may be empty. */
  watch: z.array(TrainerCase).default([]),
  budget: Budget,
  checkpointSeconds: z.number(),
  cases: z.array(TrainerCase),
  labels: z.array(Label),
})
export type FinetuneConfig = z.infer<typeof FinetuneConfig>

/** Learns to grade images (2D) from some that have a grade, and then grades others. Leaves grades.json. */
export const GradeConfig = z.object({
  kind: z.literal('grade'),
  ...common,
  /** Run folder of the pretraining, or null for a random start. */
  fromFolder: z.string().nullable(),
  /** Run folder whose plan.json and number of steps are taken over: the from-scratch twin names its sibling here. */
  likeFolder: z.string().nullable(),
  /** Only where neither of them gives a plan. */
  recipe: Recipe,
  paper: PaperOptions.optional(),
  dimensions: z.literal(2),
  budget: Budget,
  checkpointSeconds: z.number(),
  /** How many grades there are: 0 to grades - 1. */
  grades: z.number().int().min(2),
  cases: z.array(TrainerCase.extend({ grade: z.number().int().min(0) })),
  /** What is graded in the end. */
  others: z.array(TrainerCase),
})
export type GradeConfig = z.infer<typeof GradeConfig>

/** Grades images by a model that a run with GradeConfig left. Leaves grades.json. */
export const PredictGradesConfig = z.object({
  kind: z.literal('predict-grades'),
  ...common,
  modelFolder: z.string(),
  cases: z.array(TrainerCase),
})
export type PredictGradesConfig = z.infer<typeof PredictGradesConfig>

/** grades.json: of each image its grade, and for each grade but the lowest the probability that the image reaches it. */
export const GivenGrades = z.array(z.object({ id: z.string(), grade: z.number().int(), reached: z.array(z.number()) }))
export type GivenGrades = z.infer<typeof GivenGrades>

export const PredictConfig = z.object({
  kind: z.literal('predict'),
  ...common,
  /** Run folder of the fine-tuning whose model is used. */
  modelFolder: z.string(),
  /** Whether entropyFileOf(outputFile) is written too. */
  entropy: z.boolean().optional(),
  /** Of the last step, or with the best score on watched validation cases. */
  weights: z.enum(['last', 'best']).default('last'),
  /** Scans that can't be predicted are told in a warning, unless there are no others; absent: in the end the run fails by them. */
  goesOn: z.boolean().optional(),
  /** Leaves pieces in that the labelled scans have shown to be too many, whatever `labels` wish. */
  allPieces: z.boolean().optional(),
  /** The project's label set, whose wishes for pieces count in place of the model's. */
  labels: z.array(Label).optional(),
  /** outputFile gets a gzip-compressed Uint8 label map on the case's canonical grid. */
  cases: z.array(TrainerCase.extend({ outputFile: z.string() })),
})
export type PredictConfig = z.infer<typeof PredictConfig>

/** What a model's predictions depend on besides the scan, in words; '': nothing that anybody chose. */
export function predictionSettings({
  weights,
  allPieces,
  labels = [],
}: Pick<PredictConfig, 'allPieces' | 'labels'> & Partial<Pick<PredictConfig, 'weights'>>): string {
  const wished = labels.flatMap(({ value, pieces }) => (pieces ? [`label ${value} ${pieces}`] : [])).toSorted()
  const kept = allPieces ? ['all'] : wished
  return [weights === 'best' ? 'best weights' : '', kept.length > 0 ? `pieces ${kept.join(', ')}` : '']
    .filter((words) => words !== '')
    .join('; ')
}

/** Beside a predicted label map `<name>.u8.gz`: its predictive entropy, one byte a voxel (0 sure, 255 all classes alike). */
export const entropyFileOf = (outputFile: string): string => outputFile.replace(/\.u8\.gz$/, '.entropy.u8.gz')

export const EvaluateConfig = z.object({
  kind: z.literal('evaluate'),
  ...common,
  modelId: z.string(),
  labels: z.array(Label),
  regions: z.array(LabelRegion).optional(),
  /** labelFile is the reference; predictionFile as PredictConfig.outputFile. */
  cases: z.array(TrainerCase.extend({ predictionFile: z.string() })),
})
export type EvaluateConfig = z.infer<typeof EvaluateConfig>

/** Folds of a cross-validation from this many labelled cases on; one a case below (leave-one-out). */
export const mostFolds = 5

/** Fine-tunes once per fold without the cases of that fold, and measures on them. */
export const CrossValidateConfig = FinetuneConfig.extend({
  kind: z.literal('cross-validate'),
  /** The model whose quality is estimated: the one fine-tuned in `likeFolder` on all the cases. */
  modelId: z.string(),
  /** Which of the cases are hidden in turn; absent: each by itself. */
  hidden: z.array(HiddenCases).optional(),
})
export type CrossValidateConfig = z.infer<typeof CrossValidateConfig>

export const TrainerConfig = z.discriminatedUnion('kind', [
  PretrainConfig,
  FinetuneConfig,
  PredictConfig,
  EvaluateConfig,
  CrossValidateConfig,
  GradeConfig,
  PredictGradesConfig,
])
export type TrainerConfig = z.infer<typeof TrainerConfig>

export const TrainerMessage = z.discriminatedUnion('type', [
  /** Which device computes, by name: "CPU, 2 threads, AVX2". */
  z.object({ type: z.literal('device'), name: z.string() }),
  /** done of total units (steps, or cases); etaSeconds null while unknown; stage in words ("Reading scans", "Pretraining"). */
  z.object({
    type: z.literal('progress'),
    stage: z.string(),
    done: z.number(),
    total: z.number(),
    etaSeconds: z.number().nullable(),
  }),
  z.object({ type: z.literal('metric'), metric: Metric }),
  /** Something the user should read, such as which layers were copied from the pretraining. */
  /** warning: something that the user may want to mend. */
  z.object({ type: z.literal('notice'), text: z.string(), warning: z.boolean().optional() }),
  z.object({
    type: z.literal('predicted'),
    caseId: z.string(),
    file: z.string(),
    /** Mean entropy over the predicted foreground, in [0, 1]; null where none was found, or none was asked for. */
    uncertainty: z.number().nullable(),
  }),
  z.object({ type: z.literal('done'), evaluation: Evaluation.nullable() }),
  z.object({ type: z.literal('cancelled') }),
  /** reason is a plain sentence for the user, detail for a report. */
  z.object({ type: z.literal('failed'), reason: z.string(), detail: z.string() }),
])
export type TrainerMessage = z.infer<typeof TrainerMessage>

/** What the parent may say. The trainer writes a checkpoint and ends; it does the same when its parent goes away. */
export const TrainerCommand = z.object({ type: z.literal('cancel') })
export type TrainerCommand = z.infer<typeof TrainerCommand>
