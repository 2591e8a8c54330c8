/** handful export: label maps as NIfTI, DICOM SEG or RTSTRUCT, each on its source's own grid; a model as ONNX. */
import { Command, Option } from 'commander'
import { exportLabels, summariseExport, type ExportWish } from '../../services/exporting.ts'
import { exportOnnx } from '../../services/model-export.ts'
import { jsonOption, projectOption, readCaseList } from '../arguments.ts'
import { CommandError, exit, print, printJson, progressLine, say, usage } from '../output.ts'
import { withProject } from '../session.ts'
import { chosenModel, modelOption } from './chosen-model.ts'

type Options = {
  project: string
  output: string
  cases?: string
  what: ExportWish['what']
  format: ExportWish['format'] | 'onnx'
  model?: string
  weights: 'last' | 'best'
  patient: ExportWish['patient']
  json?: boolean
}

export function exportCommand(): Command {
  return new Command('export')
    .description(
      'Write label maps as NIfTI (.nii.gz), DICOM SEG or RTSTRUCT (.dcm), each on the grid of its source file; ' +
        'or a model as ONNX.',
    )
    .addOption(projectOption)
    .requiredOption('--output <folder>', 'where to; made if missing. For a model: a folder, or a file.onnx')
    .option('--cases <list>', 'names separated by commas, or a file with one a line (default: all cases)')
    .addOption(
      new Option('--what <what>', 'label: a person’s; proposal: a model’s; best: label, else proposal')
        .choices(['best', 'label', 'proposal'])
        .default('best'),
    )
    .addOption(
      new Option(
        '--format <format>',
        'seg: DICOM segmentation of a DICOM series; labelmap: its newer LABELMAP kind; rtstruct: contours; onnx: a model',
      )
        .choices(['nifti', 'seg', 'labelmap', 'rtstruct', 'onnx'])
        .default('nifti'),
    )
    .addOption(
      new Option('--patient <what>', 'what DICOM files say of the patient; see below')
        .choices(['linked', 'removed', 'kept'])
        .default('linked'),
    )
    .addOption(modelOption('with --format onnx: '))
    .addOption(
      new Option('--weights <which>', 'with --format onnx: of the last step, or with the best validation score')
        .choices(['last', 'best'])
        .default('last'),
    )
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `
--patient linked: no name, number or date of the patient, but the UIDs of the scan, so that viewers show the labels on it.
--patient removed: the UIDs are replaced too (always the same one by the same one), for giving the labels away.
--patient kept: patient and study as in the scan, for an archive that files it by them.

Examples:
  handful export --project study --output results --what proposal
  handful export --project study --output results --format seg --cases scan_07
  handful export --project study --output liver.onnx --format onnx --model MODEL`,
    )
    .action(async ({ format, ...options }: Options) => {
      if (format === 'onnx') return exportModel(options)
      if (options.model !== undefined) throw usage('--model goes with --format onnx: a model is written as ONNX alone.')
      await withProject(options.project, 'existing', async (session) => {
        const { library } = session
        const cases = options.cases ? readCaseList(library, options.cases) : library.cases()
        const { what, patient, output: folder } = options
        const wish = { caseIds: cases.map((entry) => entry.id), what, format, patient, folder }
        const goOn = (done: number, total: number) => {
          progressLine.show('Exporting', done, total, null)
          return !session.interrupted
        }
        const outcome = await exportLabels(library, wish, goOn)
        progressLine.clear()
        if (session.interrupted) throw new CommandError(summariseExport(outcome, options.output), exit.cancelled)
        if (options.json) printJson(outcome)
        else print(outcome.written.join('\n'))
        for (const skipped of outcome.skipped) say(`${skipped.case}: ${skipped.reason}`)
        say(summariseExport(outcome, options.output))
        if (outcome.written.length === 0) process.exitCode = exit.failed
      })
    })
}

async function exportModel({ project, model, output, weights, json }: Omit<Options, 'format'>): Promise<void> {
  await withProject(project, 'existing', async ({ library }) => {
    const file = await exportOnnx(library, chosenModel(library, model), output, weights)
    if (json) printJson({ written: [file] })
    else print(file)
    say('The model is for research use only. How to use it stands in its metadata, and in docs/onnx.md.')
  })
}
