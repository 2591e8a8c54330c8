/** handful export: label maps as NIfTI or DICOM SEG, each on its source's own grid. */
import { Command, Option } from 'commander'
import { exportLabels, summariseExport, type ExportFormat, type ExportWish } from '../../services/exporting.ts'
import { jsonOption, projectOption, readCaseList } from '../arguments.ts'
import { CommandError, exit, print, printJson, progressLine, say } from '../output.ts'
import { withProject } from '../session.ts'

type Options = {
  project: string
  output: string
  cases?: string
  what: ExportWish['what']
  format: ExportFormat
  json?: boolean
}

export function exportCommand(): Command {
  return new Command('export')
    .description('Write label maps as NIfTI (.nii.gz) or DICOM SEG (.dcm), each on the grid of its source file.')
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
        'seg: DICOM segmentation beside a DICOM series; labelmap: the newer LABELMAP kind',
      )
        .choices(['nifti', 'seg', 'labelmap'])
        .default('nifti'),
    )
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  handful export --project study --output results --what proposal')
    .action(async (options: Options) => {
      await withProject(options.project, 'existing', async (session) => {
        const { library } = session
        const cases = options.cases ? readCaseList(library, options.cases) : library.cases()
        const wish = { caseIds: cases.map((entry) => entry.id), what: options.what, folder: options.output }
        const goOn = (done: number, total: number) => {
          progressLine.show('Exporting', done, total, null)
          return !session.interrupted
        }
        const outcome = await exportLabels(library, wish, goOn, options.format)
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
