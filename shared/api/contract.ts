/**
 * The contract between the page and the program: every request with its input and reply, every event.
 * Three transports carry it (Electron preload, HTTP + WebSocket, in memory); handlers are checked against it at run time.
 * Volumes do not travel here but by URL (`url` fields below): relative to the page, ids only, never paths.
 * Label maps come back the same way: `PUT labelUrl(case, parent)` with the raw bytes, answered by a `LabelSaved`. A map is
 * as large as a scan; as a message it would have to be packed into text, and copied several times over.
 */
import { z } from 'zod'
import {
  CaseRole,
  CaseSummary,
  Device,
  Evaluation,
  Label,
  LabelVersion,
  LearningPictures,
  Metric,
  Model,
  ModelEntry,
  PieceCount,
  PretextTask,
  Recipe,
  Review,
  ReviewDecision,
  Run,
  Series,
  Suggestion,
  Vector3,
  Affine,
  Backup,
  MissingFiles,
  Relocation,
  TrashedCase,
} from '../domain/records.ts'
import { Plan } from '../domain/plan.ts'
import { Menu } from '../domain/menu.ts'
import { Preferences } from '../domain/preferences.ts'

const none = z.undefined()
const id = z.string().min(1).max(200)
const folder = z.string().min(1).max(4096)

export const AppInfo = z.object({
  version: z.string(),
  /** "desktop": Electron; "workstation": a page served on loopback. */
  mode: z.enum(['desktop', 'workstation']),
  demoAvailable: z.boolean(),
  nativeDialogs: z.boolean(),
  homeFolder: z.string(),
})
export type AppInfo = z.infer<typeof AppInfo>

export const Project = z.object({
  folder: z.string(),
  name: z.string(),
  cases: z.number().int(),
  labelled: z.number().int(),
})
export type Project = z.infer<typeof Project>

/** Anything that takes longer than a moment. Its progress comes as `job` events; `jobs.get` tells where it stands. */
export const Job = z.object({
  id: z.string(),
  kind: z.enum(['import', 'train', 'predict', 'export', 'demo', 'check']),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  stage: z.string(),
  /** done of total in the present stage; total 0 = unknown. */
  done: z.number(),
  total: z.number(),
  etaSeconds: z.number().nullable(),
  /** How many of the present stage are done in a second; null until there is enough to go by. */
  perSecond: z.number().nullable(),
  /** Plain sentence: the outcome, or why it failed. */
  message: z.string(),
})
export type Job = z.infer<typeof Job>

/** Several scans as the channels of one case: their names in order, and whether differing grids may be resampled. */
export const ChannelWish = z.object({ names: z.array(z.string().min(1).max(60)).min(2).max(16), resample: z.boolean() })

/** What becomes of a NIfTI file of several volumes (4D): channels of one scan, its first volume only, or a scan each. */
export const FourthWish = z.enum(['channels', 'first', 'each'])

export const ImportReport = z.object({
  /** Files looked at, and seconds from start to end (0 while it goes on). */
  files: z.number().int(),
  seconds: z.number(),
  series: z.array(Series),
  labels: z.array(
    z.object({
      name: z.string(),
      case: z.string().nullable(),
      status: z.enum(['ready', 'refused']),
      reason: z.string().nullable(),
    }),
  ),
})
export type ImportReport = z.infer<typeof ImportReport>

/** Header of a canonical volume or label map: samples are raw little-endian, x fastest, then y, z, channel. */
export const VolumeHandle = z.object({
  url: z.string(),
  type: z.enum(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64']),
  shape: Vector3,
  spacing: Vector3,
  affine: Affine,
  channels: z.number().int(),
  /** Suggested display window in sample values, per channel: [low, high] (0.5th and 99.5th percentile). */
  window: z.array(z.tuple([z.number(), z.number()])),
})
export type VolumeHandle = z.infer<typeof VolumeHandle>

/** What became of an uploaded label map. */
export const LabelSaved = z.object({
  /** The version that now holds the map; null when an empty map came for a case without a label: nothing to keep. */
  version: LabelVersion.nullable(),
  /** A label version that the page did not know when it began: kept in the history, but no longer the newest. */
  overtook: LabelVersion.nullable(),
})
export type LabelSaved = z.infer<typeof LabelSaved>

/** Where a file goes that was dropped into a page in a browser, see `dropUrl`. `folder`: all files of this drop, for an import. */
export const Dropped = z.object({ folder: z.string() })
export type Dropped = z.infer<typeof Dropped>

/** `path`: of the file, from what was dropped downwards. `dropId`: "drop-" and small letters or digits, the same for all of a drop. */
export const dropUrl = (dropId: string, path: string): string =>
  `/drop/${dropId}/${path.split('/').map(encodeURIComponent).join('/')}`

/** The label set after a change of it, and the label versions that were made for it. */
export const LabelsChanged = z.object({ labels: z.array(Label), versions: z.array(LabelVersion) })

/** Where a label map goes: one byte a voxel, on the grid of the case's volume. `parentId`: the version it was begun from. */
export const labelUrl = (caseId: string, parentId: string | null): string => `/labels/${caseId}/${parentId ?? 'none'}`

/** How unsure the model was of a proposal: one byte a voxel on the case's grid, 0 sure, 255 all labels alike. */
export const entropyUrl = (proposalId: string): string => `/entropy/${proposalId}`

/** How the Train button will go about it. `minutes` is for everything: pretraining, fine-tuning, its from-scratch twin and predictions. */
export const TrainingRequest = z.object({
  minutes: z
    .number()
    .min(0.2)
    .max(60 * 24 * 7),
  task: PretextTask,
  recipe: Recipe,
  /** Fine-tune a second network from a random start with the same steps, to see whether pretraining helped. */
  twin: z.boolean(),
  /** Learn from labels too that were accepted from a proposal as they were. */
  accepted: z.boolean(),
  seed: z.number().int(),
  device: z.string(),
})
export type TrainingRequest = z.infer<typeof TrainingRequest>

export const StageKey = z.enum(['pretrain', 'finetune', 'scratch', 'predict', 'evaluate'])
export type StageKey = z.infer<typeof StageKey>

export const TrainingEstimate = z.object({
  trainingCases: z.array(z.string()),
  labelledCases: z.array(z.string()),
  validationCases: z.array(z.string()),
  /** Training cases whose label was accepted from a proposal, whether they are learnt from or not. */
  acceptedCases: z.array(z.string()),
  /** Cases whose review was begun and not ended: not learnt from yet. */
  leftOutCases: z.array(z.string()),
  stages: z.array(z.object({ key: StageKey, name: z.string(), minutes: z.number(), what: z.string() })),
  /** About what it will take, and what is free; null where it can't be said yet. */
  memory: z.object({ bytes: z.number(), available: z.number() }).nullable(),
  /** The grid (mm) and the patch (voxels) that it will work on; null where that can't be said yet. */
  plan: Plan.pick({ spacing: true, patch: true }).nullable(),
  device: z.string(),
  /** Why it can't start, in words; null when it can. */
  obstacle: z.string().nullable(),
})
export type TrainingEstimate = z.infer<typeof TrainingEstimate>

/** One press of the Train button: its stages, each of which is a run. */
export const TrainingStage = z.object({
  key: StageKey,
  name: z.string(),
  /** What was planned for it; absent in trainings from before this was kept. */
  minutes: z.number().optional(),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled', 'paused', 'skipped', 'interrupted']),
  runId: z.string().nullable(),
  done: z.number(),
  total: z.number(),
  etaSeconds: z.number().nullable(),
  seconds: z.number(),
  /** What is to be known of how it came out, in words; absent where there is nothing to say. */
  note: z.string().optional(),
  /** What was said on the way; a warning is something that the user may want to mend. */
  notices: z.array(z.object({ text: z.string(), warning: z.boolean() })).optional(),
})
export const Training = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'failed', 'cancelled', 'paused', 'interrupted']),
  request: TrainingRequest,
  created: z.string(),
  stages: z.array(TrainingStage),
  device: z.string().nullable(),
  message: z.string(),
  modelId: z.string().nullable(),
  scratchModelId: z.string().nullable(),
  evaluation: Evaluation.nullable(),
  scratchEvaluation: Evaluation.nullable(),
})
export type Training = z.infer<typeof Training>

export const ModelDetails = z.object({
  model: Model,
  caseNames: z.array(z.string()),
  evaluation: Evaluation.nullable(),
  plan: Plan.nullable(),
  /** Of the pretraining it began from; null where it began from scratch. */
  task: PretextTask.nullable(),
  recipe: Recipe.nullable(),
  /** How many scans it labelled for itself and learnt from besides; 0: no self-training. */
  selfLabelled: z.number().int(),
  /** Structures of which predictions keep no more than so many pieces. */
  pieces: z.array(PieceCount),
  seed: z.number().int(),
  device: z.string().nullable(),
  seconds: z.number().nullable(),
})
export type ModelDetails = z.infer<typeof ModelDetails>

/** Where a model file of so many bytes goes. */
export const modelUrl = (bytes: number): string => `/models/${bytes}`

const request = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O) => ({ input, output })

/** Requests by name. */
export const requests = {
  'app.info': request(none, AppInfo),
  'app.devices': request(none, z.array(Device)),
  'preferences.get': request(none, Preferences),
  /** Takes the whole of them; answers with what is now in force. */
  'preferences.set': request(Preferences, Preferences),
  /** What stands in the desktop app's menu from now on; elsewhere there is none. */
  'menu.show': request(z.object({ menus: z.array(Menu).max(12) }), none),
  /** The system's folder dialog where there is one (`nativeDialogs`); null when the user cancels or there is none. */
  'app.pickFolder': request(z.object({ title: z.string() }), z.string().nullable()),
  /** Folders and the number of files in a folder, for choosing one in the page. path null = home folder. */
  'folders.list': request(
    z.object({ path: folder.nullable() }),
    z.object({
      path: z.string(),
      parent: z.string().nullable(),
      folders: z.array(z.string()),
      files: z.number().int(),
    }),
  ),

  'project.recent': request(none, z.array(z.object({ folder: z.string(), name: z.string() }))),
  'project.create': request(z.object({ folder, name: z.string().min(1).max(120) }), Project),
  'project.open': request(z.object({ folder }), Project),
  'project.close': request(none, none),
  'project.current': request(none, Project.nullable()),
  /** Makes (or opens) the demo project from the bundled scans. */
  'project.demo': request(none, Project),

  /** Says that an import is likely to be started soon: its process is got ready. Settles when it is. */
  'import.prepare': request(none, none),
  'import.start': request(
    z.object({
      paths: z.array(folder).min(1),
      labelFolder: folder.nullable(),
      channels: ChannelWish.nullable().default(null),
      fourth: FourthWish.default('channels'),
      /** Of NIfTI files, which don't say: "CT", "MR", "PT" …; null: guessed from the values. */
      modality: z
        .string()
        .regex(/^[A-Z]{2}$/)
        .nullable()
        .default(null),
    }),
    z.object({ jobId: id }),
  ),
  'import.report': request(z.object({ jobId: id }), ImportReport),
  /** Writes the report into a folder; returns the file. */
  'import.saveReport': request(
    z.object({ jobId: id, folder, format: z.enum(['csv', 'json', 'text']) }),
    z.object({ file: z.string() }),
  ),
  'jobs.get': request(z.object({ jobId: id }), Job),
  'jobs.cancel': request(z.object({ jobId: id }), none),

  'cases.list': request(none, z.array(CaseSummary)),
  'cases.setRole': request(z.object({ caseIds: z.array(id), role: CaseRole }), none),
  /** Undoes channels: each is read as a scan of its own again; the case of all goes to the trash, its label to the first. */
  'cases.splitChannels': request(z.object({ caseId: id }), z.object({ jobId: id })),
  /** Into the trash, with all their label maps; nothing of the scans' own files is touched. */
  'cases.remove': request(z.object({ caseIds: z.array(id).min(1) }), none),
  'trash.list': request(none, z.array(TrashedCase)),
  'trash.restore': request(z.object({ caseIds: z.array(id).min(1) }), none),
  /** Deletes what is in the trash for good. */
  'trash.empty': request(none, z.object({ cases: z.number().int(), bytes: z.number() })),

  /** Scans whose files are not where they were; empty where all are. */
  'library.missing': request(none, z.array(MissingFiles)),
  /** Takes over files that lay below `from` and lie below `to` now, where name and size are the same. */
  'library.relocate': request(z.object({ from: folder, to: folder }), Relocation),
  /** Newest first. */
  'library.backups': request(none, z.array(Backup)),
  /** Copies index and label maps into the project's own backups, or (with the models) into a new folder below `into`. */
  'library.backUp': request(z.object({ into: folder.nullable() }), z.object({ folder })),
  /** Puts a backup in the place of the open project's index; what was there before is kept as a backup. */
  'library.restore': request(z.object({ backup: folder }), Project),
  /** Checks everything, and repairs what can be; the job's message says what was found. */
  'library.check': request(none, z.object({ jobId: id })),

  /** Which scan to label next; null where none is left. */
  'cases.suggest': request(none, Suggestion.nullable()),
  'volume.open': request(z.object({ caseId: id }), VolumeHandle),
  'labels.set': request(none, z.array(Label)),
  /** Values that any label map or proposal of the project has or had: a new label takes none of them, since models may know them. */
  'labels.used': request(none, z.array(z.number().int())),
  'labels.changeSet': request(z.object({ labels: z.array(Label) }), z.array(Label)),
  /**
   * Deletes a label: out of the set, and out of the labels of each case that has it, as a new version each. `versions`:
   * those new ones; their parents still have the label.
   */
  'labels.remove': request(z.object({ value: z.number().int() }), LabelsChanged),
  /** Brings a deleted label back: into the set at place `at`, and, from versions that had it, into what is empty now. */
  'labels.restore': request(
    z.object({ label: Label, at: z.number().int().min(0), versionIds: z.array(id) }),
    LabelsChanged,
  ),
  'labels.versions': request(z.object({ caseId: id }), z.array(LabelVersion)),
  'labels.open': request(z.object({ versionId: id }), VolumeHandle),

  /** Decisions about all proposals of a case, newest first. */
  'reviews.list': request(z.object({ caseId: id }), z.array(Review)),
  /** Keeps a decision about labels of a case's newest proposal (values [0] where that marks nothing). Changes no label map. */
  'reviews.decide': request(
    z.object({ proposalId: id, values: z.array(z.number().int()).min(1), decision: ReviewDecision }),
    z.array(Review),
  ),

  'training.estimate': request(TrainingRequest, TrainingEstimate),
  'training.start': request(TrainingRequest, Training),
  /** The training in progress, or the newest one; null when there was none. */
  'training.current': request(none, Training.nullable()),
  'training.cancel': request(z.object({ trainingId: id }), none),
  /** Writes a checkpoint and ends the trainer: processor and memory are free until it is resumed, also after a restart. */
  'training.pause': request(z.object({ trainingId: id }), none),
  /** Continues a paused, cancelled, failed or interrupted training from its last checkpoint. */
  'training.resume': request(z.object({ trainingId: id }), Training),

  'runs.list': request(none, z.array(Run)),
  'runs.metrics': request(z.object({ runId: id }), z.array(Metric)),
  /** Writes a model as ONNX. `path`: a file whose name ends in .onnx, or a folder, where the file is named by the model's id. */
  'models.exportOnnx': request(
    z.object({ modelId: id, path: folder, weights: z.enum(['last', 'best']).default('last') }),
    z.object({ file: z.string() }),
  ),
  /** Accuracy of guessing in a pretraining; null where its task has none, or isn't known yet. */
  'runs.chance': request(z.object({ runId: id }), z.number().nullable()),
  /** A slice of a watched scan as a fine-tuning gets better at it; null where nothing is watched. */
  'runs.pictures': request(z.object({ runId: id }), LearningPictures.nullable()),
  /** Newest first. */
  'models.list': request(none, z.array(ModelEntry)),
  'models.details': request(z.object({ modelId: id }), ModelDetails),
  /** Makes a model the one that proposes labels; the others stay. All of these answer with the list as it is then. */
  'models.use': request(z.object({ modelId: id }), z.array(ModelEntry)),
  'models.remove': request(z.object({ modelId: id }), z.array(ModelEntry)),
  'models.restore': request(z.object({ modelId: id }), z.array(ModelEntry)),
  /** Deletes the weights of a model in the trash for good. */
  'models.purge': request(z.object({ modelId: id }), z.array(ModelEntry)),
  /** Writes a `.handful-model` into a folder. One comes in by `PUT modelUrl(bytes)`, answered by the list. */
  'models.export': request(z.object({ modelId: id, folder }), z.object({ file: z.string() })),
  /** Writes a training's report, one HTML file, into a folder. */
  'training.report': request(z.object({ trainingId: id, folder }), z.object({ file: z.string() })),
  'evaluations.get': request(z.object({ modelId: id }), Evaluation.nullable()),
  'predict.start': request(z.object({ modelId: id, caseIds: z.array(id).min(1) }), z.object({ jobId: id })),
  /**
   * Writes label maps on each source's own grid. "best": the person's label, else the proposal. seg, labelmap (DICOM SEG)
   * and rtstruct need a DICOM source; `patient` says what they tell of it: "linked" nothing that names anyone, but the
   * scan's UIDs; "removed" no UIDs either; "kept" all as in the scan.
   */
  'export.start': request(
    z.object({
      caseIds: z.array(id).min(1),
      what: z.enum(['label', 'proposal', 'best']),
      folder,
      format: z.enum(['nifti', 'seg', 'labelmap', 'rtstruct']).default('nifti'),
      patient: z.enum(['linked', 'removed', 'kept']).default('linked'),
    }),
    z.object({ jobId: id }),
  ),
} as const

/** Events by name. */
export const events = {
  job: Job,
  'cases.changed': z.object({}),
  'project.changed': Project.nullable(),
  'training.changed': Training,
  /** A command of the menu (`menu.show`) was chosen. */
  'menu.chosen': z.object({ id: z.string() }),
  'run.metric': z.object({ runId: id, metric: Metric }),
} as const

export type RequestName = keyof typeof requests
export type RequestInput<N extends RequestName> = z.input<(typeof requests)[N]['input']>
export type RequestReply<N extends RequestName> = z.output<(typeof requests)[N]['output']>
export type EventName = keyof typeof events
export type EventPayload<N extends EventName> = z.output<(typeof events)[N]>

/** What a page sees, whatever carries it. A refusal rejects with an `ApiError`. */
export interface Api {
  request<N extends RequestName>(name: N, input: RequestInput<N>): Promise<RequestReply<N>>
  /** Returns the function that stops listening. */
  on<N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void): () => void
}

/** What the program offers: one handler for each request. */
export type Handlers = { [N in RequestName]: (input: RequestInput<N>) => Promise<RequestReply<N>> | RequestReply<N> }

/** A refusal the user can read. kind "invalid": the request is malformed; "refused": it can't be done, `message` says why; "internal": a bug. */
export class ApiError extends Error {
  readonly kind: 'invalid' | 'refused' | 'internal'
  constructor(kind: ApiError['kind'], message: string) {
    super(message)
    this.name = 'ApiError'
    this.kind = kind
  }
}
