/**
 * What a project holds: schemas that are checked at run time, and the types that follow from them.
 * Shapes are [x, y, z] in voxels, spacings [x, y, z] in mm, affines map voxel indices to RAS millimetres (NIfTI convention).
 */
import { z } from 'zod'

export const Vector3 = z.tuple([z.number(), z.number(), z.number()])
const Row4 = z.tuple([z.number(), z.number(), z.number(), z.number()])
export const Affine = z.tuple([Row4, Row4, Row4, Row4])

/** "ready": read without doubts; "warned": usable, see `reason`; "refused": not imported, `reason` says why and what to do. */
export const SeriesStatus = z.enum(['ready', 'warned', 'refused'])

/** One scan as it was found. For a refused file that could not be read, shape, spacing and affine are null. */
export const Series = z.object({
  id: z.string(),
  name: z.string(),
  modality: z.string(),
  shape: Vector3.nullable(),
  spacing: Vector3.nullable(),
  affine: Affine.nullable(),
  dtype: z.string().nullable(),
  channels: z.number().int(),
  status: SeriesStatus,
  reason: z.string().nullable(),
})
export type Series = z.infer<typeof Series>

/** A segment of the project's label set. `value` is the voxel value (1-254), `key` the keyboard digit 1-9 or null. */
export const Label = z.object({
  value: z.number().int().min(1).max(254),
  name: z.string().min(1).max(80),
  color: z.string().regex(/^#[0-9a-f]{6}$/),
  key: z.number().int().min(1).max(9).nullable(),
  /** What predictions keep of it: its largest piece, or all of them. Absent: as many pieces as all labelled scans show, if they agree. */
  pieces: z.enum(['one', 'all']).optional(),
})
export type Label = z.infer<typeof Label>

/** The voxel value of "nobody has looked here": in no label set, never measured, never learnt from. */
export const unknownLabel = 255

/** Training cases are learnt from; validation cases are only ever measured on, and stay out of pretraining. */
export const CaseRole = z.enum(['training', 'validation'])
/** "started": a person has labelled some slices, others are unknown still. */
export const CaseStatus = z.enum(['unlabelled', 'started', 'labelled', 'proposed', 'accepted', 'rejected'])

/** A row of the worklist. Shape and spacing are those of the canonical (RAS) volume. */
export const CaseSummary = z.object({
  id: z.string(),
  name: z.string(),
  modality: z.string(),
  shape: Vector3,
  spacing: Vector3,
  channels: z.number().int(),
  /** Names of the channels in order; null where there is one, or nobody named them. */
  channelNames: z.array(z.string()).nullable(),
  role: CaseRole,
  status: CaseStatus,
  warning: z.string().nullable(),
  /** Newest label version by a person, newest proposal by a model; null where there is none. */
  labelVersionId: z.string().nullable(),
  proposalVersionId: z.string().nullable(),
  /** Labels of the newest proposal that nobody has decided about; empty where there is no proposal. 0: it marks nothing. */
  undecided: z.array(z.number().int()),
  /** Some label of the newest proposal has been decided about, and some has not. */
  inReview: z.boolean(),
  /** Of the newest proposal; see LabelVersion. */
  uncertainty: z.number().nullable(),
  thumbnailUrl: z.string(),
})
export type CaseSummary = z.infer<typeof CaseSummary>

/** A case in the trash. */
export const TrashedCase = z.object({
  id: z.string(),
  name: z.string(),
  modality: z.string(),
  /** When it was deleted. */
  removed: z.string(),
  labelVersions: z.number().int(),
})
export type TrashedCase = z.infer<typeof TrashedCase>

/** A copy of a project's index and label maps: a folder. `automatic`: one of those that are made daily. */
export const Backup = z.object({
  folder: z.string(),
  created: z.string(),
  labels: z.number().int(),
  automatic: z.boolean(),
})
export type Backup = z.infer<typeof Backup>

/** Files of scans that are no longer below `folder`, which is gone, or which they were taken out of. */
export const MissingFiles = z.object({ folder: z.string(), scans: z.number().int(), files: z.number().int() })
export type MissingFiles = z.infer<typeof MissingFiles>

/** Of files that were moved: scans and files that were found in their new place, and files that were not. */
export const Relocation = z.object({ scans: z.number().int(), files: z.number().int(), missing: z.number().int() })
export type Relocation = z.infer<typeof Relocation>

/** An entry of a case's append-only label history. Label maps are Uint8, on the case's canonical grid. */
export const LabelVersion = z.object({
  id: z.string(),
  caseId: z.string(),
  kind: z.enum(['label', 'proposal']),
  /** "imported", a person's name, or a model id. */
  author: z.string(),
  parentId: z.string().nullable(),
  modelId: z.string().nullable(),
  created: z.string(),
  sha256: z.string(),
  /** Voxels and millilitres per label value. */
  volumes: z.array(z.object({ value: z.number(), voxels: z.number(), millilitres: z.number() })),
  /** Some slices are unknown still. */
  partial: z.boolean().optional(),
  /** Of a proposal: mean predictive entropy over what it marks, in [0, 1]. Not there where it marks nothing. */
  uncertainty: z.number().nullable().optional(),
  /** Of a proposal: how it was predicted, as predictionSettings has it. Not there where nothing was chosen. */
  settings: z.string().optional(),
})
export type LabelVersion = z.infer<typeof LabelVersion>

/**
 * What a person made of a label of a proposal. "edited": accepted in order to be corrected; "undecided": an earlier
 * decision was taken back.
 */
export const ReviewDecision = z.enum(['accepted', 'edited', 'rejected', 'undecided'])
export type ReviewDecision = z.infer<typeof ReviewDecision>
export const Review = z.object({
  proposalId: z.string(),
  /** The label; 0: the whole proposal, where it marks nothing. */
  value: z.number().int(),
  decision: ReviewDecision,
  author: z.string(),
  created: z.string(),
})
export type Review = z.infer<typeof Review>

export const PretextTask = z.enum(['rotation', 'jigsaw', 'relative-location', 'cpc', 'exemplar', 'restoration', 'auto'])
export type PretextTask = z.infer<typeof PretextTask>
export const Recipe = z.enum(['handful', 'paper'])
export const RunKind = z.enum(['pretrain', 'finetune', 'predict', 'evaluate'])
/** "interrupted": the process went away; resume continues from the last checkpoint. */
export const RunState = z.enum(['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted'])

export const Run = z.object({
  id: z.string(),
  kind: RunKind,
  state: RunState,
  task: PretextTask.nullable(),
  recipe: Recipe.nullable(),
  /** The pretraining run that fine-tuning started from; null = from scratch. */
  fromRunId: z.string().nullable(),
  modelId: z.string().nullable(),
  seed: z.number().int(),
  cases: z.array(z.string()),
  device: z.string().nullable(),
  step: z.number().int(),
  steps: z.number().int().nullable(),
  created: z.string(),
  started: z.string().nullable(),
  finished: z.string().nullable(),
  /** Why it failed, in words; null otherwise. */
  reason: z.string().nullable(),
})
export type Run = z.infer<typeof Run>

/** One line of metrics.jsonl: figures named for what they are ("segmentation loss", "pretext accuracy"). */
export const Metric = z.object({
  step: z.number().int(),
  seconds: z.number(),
  values: z.record(z.string(), z.number()),
})
export type Metric = z.infer<typeof Metric>

export const Model = z.object({
  id: z.string(),
  runId: z.string(),
  name: z.string(),
  created: z.string(),
  /** Ids of the cases it learnt from. */
  cases: z.array(z.string()),
  fromRunId: z.string().nullable(),
  steps: z.number().int(),
  /** Mean foreground Dice over its evaluated validation cases; null before an evaluation. */
  dice: z.number().nullable(),
})
export type Model = z.infer<typeof Model>

/** Figures of one label in one case. Dice in [0,1], null when the label is in neither map; hd95 in mm, null when it is missing from one map. */
export const LabelScore = z.object({
  value: z.number().int(),
  name: z.string(),
  dice: z.number().nullable(),
  hd95: z.number().nullable(),
  millilitres: z.number(),
  referenceMillilitres: z.number(),
})
export type LabelScore = z.infer<typeof LabelScore>
/** A structure, and how many pieces of it predictions keep. value: of its label; older reports lack it. */
export const PieceCount = z.object({ value: z.number().int().optional(), name: z.string(), count: z.number().int() })
export type PieceCount = z.infer<typeof PieceCount>
/** Several labels measured as one, such as a whole tumour. */
export const LabelRegion = z.object({ name: z.string(), values: z.array(z.number().int()) })
export type LabelRegion = z.infer<typeof LabelRegion>
export const CaseScore = z.object({
  caseId: z.string(),
  name: z.string(),
  labels: z.array(LabelScore),
  /** Mean Dice over the foreground labels that are in either map. */
  dice: z.number().nullable(),
  /** Of the regions that were asked for; null where neither map has one. */
  regions: z.array(z.object({ name: z.string(), dice: z.number().nullable() })).optional(),
})
export type CaseScore = z.infer<typeof CaseScore>
export const Evaluation = z.object({
  modelId: z.string(),
  /**
   * "validation": cases kept out of all training. "cross-validation": each labelled case was predicted by a model made the
   * same way without its label (leave-one-out below five cases, else five folds).
   */
  method: z.enum(['validation', 'cross-validation']).default('validation'),
  cases: z.array(CaseScore),
  /** Mean over the cases of their mean foreground Dice. */
  dice: z.number().nullable(),
  /** Cases of this evaluation whose scans were in the pretraining pool, or that were trained on: the score is too good then. */
  seenInPretraining: z.array(z.string()),
  seenInTraining: z.array(z.string()),
})
export type Evaluation = z.infer<typeof Evaluation>

export const Device = z.object({ id: z.string(), name: z.string(), ok: z.boolean(), detail: z.string() })
export type Device = z.infer<typeof Device>

/**
 * One axial slice of a scan that is measured while a fine-tuning runs, and what the network made of it after some steps.
 * Maps are base64 of one byte a pixel, row by row from the top left; radiological (right on the left, anterior on top).
 */
export const LearningPictures = z.object({
  caseId: z.string(),
  slice: z.number().int(),
  /** Every how many voxels there is a pixel. */
  stride: z.number().int(),
  width: z.number().int(),
  height: z.number().int(),
  /** Millimetres per pixel: across, down. */
  spacing: z.tuple([z.number(), z.number()]),
  grey: z.string(),
  reference: z.string(),
  frames: z.array(z.object({ step: z.number().int(), dice: z.number().nullable(), labels: z.string() })),
})
export type LearningPictures = z.infer<typeof LearningPictures>

/** Which scan to label next, and why. */
export const Suggestion = z.object({
  caseId: z.string(),
  reason: z.discriminatedUnion('kind', [
    /** The one that is most like all the others. */
    z.object({ kind: z.literal('typical'), of: z.number().int() }),
    /** Unlike those labelled so far; so many scans are nearer to it than to any of those. */
    z.object({ kind: z.literal('different'), standsFor: z.number().int(), of: z.number().int() }),
    /** Mean entropy over what the model marked, beside the median of the others. */
    z.object({ kind: z.literal('unsure'), uncertainty: z.number(), median: z.number(), of: z.number().int() }),
    z.object({ kind: z.literal('nothing-found') }),
    z.object({ kind: z.literal('rejected') }),
    z.object({ kind: z.literal('first') }),
  ]),
})
export type Suggestion = z.infer<typeof Suggestion>

/** A model as the models panel lists it. */
export const ModelEntry = Model.extend({
  /** The one that proposes labels; at most one is. */
  active: z.boolean(),
  /** Trained beside another to see whether pretraining helped. */
  twin: z.boolean(),
  /** Came in as a file. */
  imported: z.boolean(),
  /** When it was put into the trash; null where it wasn't. */
  removed: z.string().nullable(),
})
export type ModelEntry = z.infer<typeof ModelEntry>
