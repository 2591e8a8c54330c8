/** handful report: a training as one HTML file. */
import { Command } from 'commander'
import { readLibrary } from '../../library/index.ts'
import { writeReport } from '../../services/report.ts'
import { projectOption } from '../arguments.ts'
import { print } from '../output.ts'

export function reportCommand(): Command {
  return new Command('report')
    .description('Write the report of a training: curves, pictures, scores, plan and versions in one HTML file.')
    .argument('<run>', 'a training, or any run of it')
    .addOption(projectOption)
    .requiredOption('--output <file>', 'the HTML file; folders are made if missing')
    .option('--case-names', 'write the names of the cases; without, scans are numbered, so that the file names nobody')
    .addHelpText('after', '\nExample:\n  handful report finetune-0a1b2c3d4e --project study --output report.html')
    .action((run: string, options: { project: string; output: string; caseNames?: boolean }) => {
      // Read only: it works while a training of this project is running elsewhere.
      const library = readLibrary(options.project)
      try {
        writeReport(library, run, options.output, options.caseNames)
        print(options.output)
      } finally {
        library.close()
      }
    })
}
