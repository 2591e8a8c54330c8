/** handful cases: list the cases of a project, or set what they are for. */
import { Command, Option } from 'commander'
import { jsonOption, projectOption, readCaseList } from '../arguments.ts'
import { print, printJson, say, table, usage } from '../output.ts'
import { withProject } from '../session.ts'

type Options = { project: string; role?: 'training' | 'validation'; cases?: string; json?: boolean }

export function casesCommand(): Command {
  return new Command('cases')
    .description('List the cases of a project, or set what they are for.')
    .addOption(projectOption)
    .addOption(
      new Option('--role <role>', 'what the cases named by --cases are for').choices(['training', 'validation']),
    )
    .option('--cases <list>', 'names separated by commas, or a file with one a line')
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `
Training cases are learnt from; validation cases are only measured on, and stay out of pretraining.

Example:
  handful cases --project study --role validation --cases scan_07,scan_12`,
    )
    .action(async (options: Options) => {
      if (options.role && !options.cases) throw usage('Name the cases with --cases.')
      await withProject(options.project, 'existing', async ({ services, library }) => {
        const wanted = options.cases ? readCaseList(library, options.cases) : null
        if (options.role && wanted) {
          await services.handlers['cases.setRole']({ caseIds: wanted.map((entry) => entry.id), role: options.role })
          say(`${wanted.length} case${wanted.length === 1 ? '' : 's'} set to ${options.role}.`)
        }
        const ids = wanted && new Set(wanted.map((entry) => entry.id))
        const cases = library.cases().filter((entry) => !ids || ids.has(entry.id))
        if (options.json) return printJson({ cases: cases.map(({ seriesId: _, ...shown }) => shown) })
        const rows = cases.map((entry) => [entry.name, entry.role, entry.status, entry.modality, entry.shape.join('×')])
        print(table(['name', 'role', 'status', 'modality', 'voxels'], rows))
      })
    })
}
