/** Predicting scans from anywhere: read by the importer into a scratch folder, never added to the project. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Model, Run } from '../../shared/domain/records.ts'
import type { TrainerCase } from '../../shared/domain/trainer.ts'
import {
  layout,
  readCacheHeader,
  refuse,
  refuseFileError,
  unpackLabels,
  writeFileSafely,
  writeJson,
  type SourceFile,
} from '../library/index.ts'
import type { ChannelWish } from '../workers/importer/channels.ts'
import type { FoundSeries } from '../workers/importer/messages.ts'
import { openProject, requireIdle, type Context } from './context.ts'
import { channelsOf, inOrderOf, misfit, otherNames } from './model-channels.ts'
import { createPredictionOf, predictionFile, type RunSettings } from './run-configs.ts'
import { executeRun, type RunListener } from './run-execution.ts'
import { labelsOnSourceGrid } from './source-grid.ts'

export type PredictFilesWish = RunSettings & {
  model: Model
  inputs: string[]
  output: string
  modality: string | null
  /** Files that are channels of one case; null: each is a case. */
  channels: ChannelWish | null
}

export type PredictFilesOutcome = {
  /** null where no input could be read. */
  run: Run | null
  written: { input: string; file: string }[]
  refused: { name: string; reason: string }[]
}

/** A scan and every input that holds it (the same file may be given twice): its files, one a channel where it has several. */
type Input = { series: FoundSeries; sources: string[][] }

export async function predictFiles(
  context: Context,
  wish: PredictFilesWish,
  listener: RunListener,
  isCancelled: () => boolean,
): Promise<PredictFilesOutcome> {
  requireIdle(context, 'predicting')
  const library = openProject(context)
  const output = prepareOutput(wish.output)
  const scratch = mkdtempSync(join(layout.cacheFolder(library.folder), 'inputs-'))
  try {
    const outcome: PredictFilesOutcome = { run: null, written: [], refused: [] }
    const needs = channelsOf(library, wish.model)
    const channels = wish.channels && inOrderOf(needs, wish.channels)
    const differ = channels && otherNames(needs, channels)
    if (differ) listener.notice?.(differ)
    const read = await readInputs(context, scratch, { ...wish, channels }, listener, outcome)
    const inputs = read.filter(({ series: { name, channels: has } }) => {
      const reason = misfit(needs, has, channels)
      if (reason) outcome.refused.push({ name, reason })
      return reason === null
    })
    if (inputs.length === 0 || isCancelled()) return outcome
    // A scan that does not fit the model is one all the same: it is not written over either.
    const scans = new Set(read.flatMap(({ sources }) => sources.flat()).map((source) => realpathSync(source)))
    const targets = nameOutputs(inputs, output, scans)
    const cases = inputs.map(({ series }) => trainerCase(scratch, series))
    const run = createPredictionOf(library, { ...wish, proposals: false }, cases, [])
    outcome.run = run
    const result = await executeRun(context, library, run.id, listener)
    outcome.run = result.run
    const folder = layout.runFolder(library.folder, run.id)
    for (const { series, source, file } of targets) {
      if (!result.predictions.has(series.id)) continue
      const samples = unpackLabels(predictionFile(folder, series.id))
      writeFileSafely(file, [labelsOnSourceGrid(samples, series, file.endsWith('.gz'))])
      outcome.written.push({ input: source, file })
    }
    if (outcome.written.length > 0) writeJson(join(output, 'labels.json'), library.labels())
    return outcome
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function prepareOutput(output: string): string {
  const place = resolve(output)
  try {
    mkdirSync(place, { recursive: true })
    return place
  } catch (error) {
    return refuseFileError(error, `The folder ${place} could not be made`)
  }
}

type Target = { series: FoundSeries; source: string; file: string }

/** Where each input's label map goes. Refuses to write over a scan. */
function nameOutputs(inputs: readonly Input[], output: string, scans: ReadonlySet<string>): Target[] {
  const taken = new Set<string>()
  const targets = inputs.flatMap(({ series, sources }) =>
    sources.map(([source]) => ({ series, source, file: join(output, freeName(outputName(series, source), taken)) })),
  )
  const clash = targets.find(({ file }) => existsSync(file) && scans.has(realpathSync(file)))
  if (clash) refuse(`${clash.file} is a scan and would be overwritten. Choose another --output.`)
  return targets
}

async function readInputs(
  context: Context,
  scratch: string,
  { inputs: paths, modality, channels }: PredictFilesWish,
  listener: RunListener,
  outcome: PredictFilesOutcome,
): Promise<Input[]> {
  const inputs = new Map<string, Input>()
  let failure: string | null = null
  const request = { folder: scratch, paths, labelFolder: null, modality, channels, known: [], labels: [] }
  const worker = context.importers.start({ type: 'import', request }, (message) => {
    if (message.type === 'progress') listener.progress?.(message.stage, message.done, message.total, null)
    if (message.type === 'series')
      inputs.set(message.series.id, { series: message.series, sources: [pathsOf(message.sources)] })
    if (message.type === 'known') inputs.get(message.seriesId)?.sources.push(pathsOf(message.sources))
    if (message.type === 'refused' || message.type === 'label-refused')
      outcome.refused.push({ name: message.name, reason: message.reason })
    if (message.type === 'failed') failure = message.reason
  })
  context.activeRun = { runId: 'reading', cancel: () => worker.kill(), finished: worker.ended }
  const end = await worker.ended
  context.activeRun = null
  if (failure !== null) refuse(failure)
  if (!end.ok && inputs.size === 0 && outcome.refused.length === 0) refuse(end.reason)
  return [...inputs.values()]
}

const pathsOf = (sources: readonly SourceFile[]) => sources.map(({ path }) => path)

function trainerCase(scratch: string, series: FoundSeries): TrainerCase {
  const header = readCacheHeader(scratch, series.id)
  if (!header) return refuse(`The scan ${series.name} could not be prepared.`)
  const { type, shape, spacing, affine, channels } = header
  const { id, name, modality } = series
  return {
    id,
    name,
    modality,
    volumeFile: layout.volumeFile(scratch, id),
    type,
    shape,
    spacing,
    affine,
    channels,
    labelFile: null,
  }
}

/** Like the input; a case of several files by the name that they share; a DICOM series by its neutral name. */
function outputName(series: FoundSeries, source: string): string {
  if (series.reader !== 'nifti') return `${series.name}.nii.gz`
  if (series.channelNames) return `${series.stem || series.name}.nii.gz`
  const name = basename(source)
  return /\.nii(\.gz)?$/i.test(name) ? name : `${series.stem ?? series.name}.nii.gz`
}

/** Two inputs of one name from two folders: "scan (2).nii.gz". */
function freeName(name: string, taken: Set<string>): string {
  const [, stem, extension] = /^(.*?)(\.nii(?:\.gz)?)$/i.exec(name) ?? [name, name, '']
  let free = name
  for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${stem} (${n})${extension}`
  taken.add(free.toLowerCase())
  return free
}
