/** handful import: scans and label maps into a project, made where there is none. */
import { existsSync } from 'node:fs'
import { Command, Option } from 'commander'
import type { ImportOutcome } from '../../services/import-store.ts'
import { reportFormat, writeReport } from '../../services/import-report.ts'
import { importReport, startImport } from '../../services/importing.ts'
import {
  channelsOption,
  channelWish,
  jsonOption,
  labelName,
  modalityOption,
  nameLabels,
  projectOption,
  resampleChannelsOption,
} from '../arguments.ts'
import { CommandError, exit, print, printJson, progressLine, say, table, usage } from '../output.ts'
import { withProject } from '../session.ts'

type Options = {
  modality?: string
  project: string
  labels?: string
  label?: Map<number, string>
  channels?: string
  resampleChannels?: boolean
  fourth: 'channels' | 'first' | 'each'
  report?: string
  json?: boolean
}

export function importCommand(): Command {
  return new Command('import')
    .description(
      'Read scans (NIfTI, DICOM) from files, folders and zips into a project; the files stay where they are.',
    )
    .argument('<path...>', 'files and folders; folders with all that is in them')
    .addOption(projectOption)
    .option(
      '--labels <folder>',
      'label maps: NIfTI, paired with the scans by file name; DICOM SEG and RTSTRUCT, by what they refer to',
    )
    .option('--label <value=name>', 'name of a label, such as 1=Anterior; may be repeated', labelName)
    .addOption(modalityOption)
    .addOption(channelsOption)
    .addOption(resampleChannelsOption)
    .addOption(
      new Option('--fourth <how>', 'NIfTI files of several volumes (4D): as channels, the first only, or each a case')
        .choices(['channels', 'first', 'each'])
        .default('channels'),
    )
    .option('--report <file>', 'write what was read, warned of and refused, and why: .csv, .json or .txt')
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `
Example:
  handful import scans/ --project study --labels labels/ --label 1=Anterior --label 2=Posterior

Shape, spacing and affine in the JSON are those of the source as stored (for DICOM: rows from the front backwards, as
dcm2niix writes them); the affine leads from voxel index to RAS millimetres. Label maps pair by name: scan.nii.gz with
scan.nii.gz, scan_seg.nii.gz, scan-label.nii.gz; scan_0000.nii.gz with scan.nii.gz. Importing a file again changes nothing.
One folder for both, as in BraTS: name it as --labels too; X_seg, X-seg and X_label are then the label maps of X.
Without --modality, that of a NIfTI file is read from dcm2niix's .json beside it, or is CT where values are Hounsfield units.
DICOM SEG and RTSTRUCT among the scans become labels of the scan that they refer to. A zip is unpacked into the project.
With --channels, case_t1.nii.gz and case_flair.nii.gz become one case "case"; DICOM series of one study by their descriptions.
Exit code 1: no scan could be read.`,
    )
    .action((paths: string[], options: Options) => runImport(paths, options))
}

async function runImport(paths: string[], options: Options): Promise<void> {
  const labelFolder = options.labels ?? null
  const missing = [...paths, ...(labelFolder === null ? [] : [labelFolder])].filter((path) => !existsSync(path))
  if (missing.length > 0) throw usage(`There is no file or folder ${missing.join(', ')}.`)

  const format = options.report === undefined ? undefined : reportFormat(options.report)
  if (options.report !== undefined && !format) throw usage('The report must end in .csv, .json or .txt.')

  const channels = channelWish(options)

  const report = await withProject(options.project, 'create', async ({ services, context, library }) => {
    const { label } = options
    if (label) library.transaction(() => library.setLabels(nameLabels(library.labels(), label)))
    services.on(
      'job',
      (job) =>
        job.state === 'running' && progressLine.show(job.stage, job.done, job.total, job.etaSeconds, job.perSecond),
    )
    const { id, finished } = startImport(context, {
      paths,
      labelFolder,
      modality: options.modality ?? null,
      channels,
      fourth: options.fourth,
    })
    const job = await finished
    progressLine.clear()
    if (options.report && format) writeReport(importReport(id), options.report, format)
    if (job.state === 'cancelled') throw new CommandError(job.message, exit.cancelled)
    if (job.state === 'failed') throw new CommandError(job.message)
    say(job.message)
    return importReport(id)
  })
  const { files, seconds, series, labels, withoutLabel } = report
  if (options.json) printJson({ files, seconds, series, labels, withoutLabel })
  else show(report)
  if (!report.series.some((series) => series.status !== 'refused')) process.exitCode = exit.failed
}

function show({ series, labels }: ImportOutcome): void {
  const read = series.filter((entry) => entry.status !== 'refused')
  const size = (values: readonly number[] | null, digits: number) =>
    values?.map((value) => Number(value.toFixed(digits))).join('×') ?? ''
  if (read.length > 0) {
    const rows = read.map((entry) => [
      entry.name,
      entry.modality,
      size(entry.shape, 0),
      size(entry.spacing, 3),
      entry.status,
      entry.reason ?? '',
    ])
    print(table(['name', 'modality', 'voxels', 'spacing (mm)', 'status', ''], rows))
  }
  const refused = [
    ...series.filter((entry) => entry.status === 'refused').map((entry) => [entry.name, entry.reason ?? '']),
    ...labels
      .filter((entry) => entry.status === 'refused')
      .map((entry) => [`label map ${entry.name}`, entry.reason ?? '']),
  ]
  if (refused.length > 0) print(`\nRefused:\n${refused.map(([name, reason]) => `  ${name}: ${reason}`).join('\n')}`)
}
