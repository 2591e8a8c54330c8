/** handful predict: label maps for cases of the project, or for scans from anywhere. */
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { exportVersions } from '../../services/exporting.ts'
import { predictFiles } from '../../services/predict-files.ts'
import { predictCases } from '../../services/predictions.ts'
import type { ChannelWish } from '../../workers/importer/channels.ts'
import {
  allPiecesOption,
  channelsOption,
  channelWish,
  deviceOption,
  jsonOption,
  modalityOption,
  projectOption,
  readCaseList,
  resampleChannelsOption,
  threadsOption,
  weightsOption,
} from '../arguments.ts'
import { CommandError, exit, print, printJson, progressLine, say, usage } from '../output.ts'
import { withProject, type Session } from '../session.ts'
import { chosenModel, modelOption } from './chosen-model.ts'
import { requireDone, showRun } from './training-options.ts'

type Options = {
  project: string
  model?: string
  cases?: string
  input?: string[]
  output?: string
  modality?: string
  channels?: string
  resampleChannels?: boolean
  weights: 'last' | 'best'
  allPieces?: boolean
  device: string
  threads?: number
  json?: boolean
}

export function predictCommand(): Command {
  return new Command('predict')
    .description('Predict label maps with a model.')
    .addOption(projectOption)
    .addOption(modelOption())
    .option('--cases <list>', 'cases of the project (names separated by commas, or a file); results become proposals')
    .option('--input <file...>', 'scans from anywhere; they are not added to the project')
    .option('--output <folder>', 'where NIfTI label maps are written, each on the scan’s own grid and named like it')
    .addOption(weightsOption)
    .addOption(allPiecesOption)
    .addOption(modalityOption)
    .addOption(channelsOption)
    .addOption(resampleChannelsOption)
    .addOption(deviceOption)
    .addOption(threadsOption)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `
Examples:
  handful predict --project study --cases scan_08,scan_09
  handful predict --project study --model model-0a1b2c3d4e --input new/*.nii.gz --output predicted
  handful predict --project study --input new/ --channels t1,flair --output predicted

With --channels, case_t1.nii.gz and case_flair.nii.gz are one case, predicted as case.nii.gz. Names that the model learnt from
are put into its order; others stand for its channels in the order in which they are given.`,
    )
    .action(async (options: Options) => {
      if ((options.cases === undefined) === (options.input === undefined))
        throw usage('Give --cases or --input, one of the two.')
      if (options.input && !options.output)
        throw usage('With --input, name the folder for the label maps: --output FOLDER.')
      if (options.channels !== undefined && !options.input)
        throw usage('--channels goes with --input: cases of the project have their channels already.')
      const channels = channelWish(options)
      const missing = options.input?.filter((path) => !existsSync(path)) ?? []
      if (missing.length > 0) throw usage(`There is no file or folder ${missing.join(', ')}.`)
      await withProject(options.project, 'existing', (session) =>
        options.cases === undefined
          ? ofFiles(session, options, options.input ?? [], channels)
          : ofCases(session, options, options.cases),
      )
    })
}

async function ofCases(session: Session, options: Options, list: string): Promise<void> {
  const { library, context } = session
  const cases = readCaseList(library, list)
  const model = chosenModel(library, options.model)
  const { run } = await predictCases(context, { ...settings(options), modelId: model.id, cases }, showRun())
  requireDone(run, session)
  const versions = cases.flatMap((entry) => library.newestLabelVersion(entry.id, 'proposal') ?? [])
  const files = options.output ? await exportVersions(library, versions, options.output) : []
  const predictions = versions.map((version, n) => ({
    case: library.case(version.caseId)?.name ?? version.caseId,
    version: version.id,
    file: files[n] ?? null,
    volumes: version.volumes,
  }))
  if (options.json) printJson({ model: model.id, run: run.id, predictions })
  else print(predictions.map((entry) => entry.file ?? entry.case).join('\n'))
  say(
    `${predictions.length} case${predictions.length === 1 ? '' : 's'} predicted; the results are proposals, no label was changed.`,
  )
}

async function ofFiles(
  session: Session,
  options: Options,
  inputs: string[],
  channels: ChannelWish | null,
): Promise<void> {
  const { library, context } = session
  const model = chosenModel(library, options.model)
  const wish = {
    ...settings(options),
    model,
    inputs,
    output: options.output ?? '.',
    modality: options.modality ?? null,
    channels,
  }
  const { run, written, refused } = await predictFiles(context, wish, showRun(), () => session.interrupted)
  progressLine.clear()
  for (const { name, reason } of refused) say(`${name}: ${reason}`)
  if (session.interrupted) throw new CommandError('Stopped.', exit.cancelled)
  if (run) requireDone(run, session)
  if (options.json) printJson({ model: model.id, run: run?.id ?? null, predictions: written, refused })
  else if (written.length > 0) print(written.map((entry) => entry.file).join('\n'))
  if (refused.length > 0) process.exitCode = exit.failed
}

const settings = ({ device, threads, weights, allPieces }: Options) => ({
  seed: 0,
  device,
  threads: threads ?? null,
  weights,
  allPieces,
})
