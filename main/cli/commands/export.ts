/** handful export: label maps as NIfTI, DICOM SEG or RTSTRUCT, each on its source's own grid. */
import { Command, Option } from 'commander'
import { exportLabels, summariseExport, type ExportWish } from '../../services/exporting.ts'
import { jsonOption, projectOption, readCaseList } from '../arguments.ts'
import { CommandError, exit, print, printJson, progressLine, say } from '../output.ts'
import { withProject } from '../session.ts'

type Options = {
  project: string
  output: string
  cases?: string
  what: ExportWish['what']
  format: ExportWish['format']
  patient: ExportWish['patient']
  json?: boolean
}

export function exportCommand(): Command {
  return new Command('export')
    .description(
      'Write label maps as NIfTI (.nii.gz), DICOM SEG or RTSTRUCT (.dcm), each on the grid of its source file.',
    )
    .addOption(projectOption)
    .requiredOption('--output <folder>', 'where to; made if missing')
    .option('--cases <list>', 'names separated by commas, or a file with one a line (default: all cases)')
    .addOption(
      new Option('--what <what>', 'label: a person’s; proposal: a model’s; best: label, else proposal')
        .choices(['best', 'label', 'proposal'])
        .default('best'),
    )
    .addOption(
      new Option(
        '--format <format>',
        'seg: DICOM segmentation of a DICOM series; labelmap: its newer LABELMAP kind; rtstruct: contours',
      )
        .choices(['nifti', 'seg', 'labelmap', 'rtstruct'])
        .default('nifti'),
    )
    .addOption(
      new Option('--patient <what>', 'what DICOM files say of the patient; see below')
        .choices(['linked', 'removed', 'kept'])
        .default('linked'),
    )
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `
--patient linked: no name, number or date of the patient, but the UIDs of the scan, so that viewers show the labels on it.
--patient removed: the UIDs are replaced too (always the same one by the same one), for giving the labels away.
--patient kept: patient and study as in the scan, for an archive that files it by them.

Example:
  handful export --project study --output results --what proposal
  handful export --project study --output results --format seg --cases scan_07`,
    )
    .action(async (options: Options) => {
      await withProject(options.project, 'existing', async (session) => {
        const { library } = session
        const cases = options.cases ? readCaseList(library, options.cases) : library.cases()
        const { what, format, patient, output: folder } = options
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
