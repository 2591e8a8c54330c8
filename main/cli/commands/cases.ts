/** handful cases: list the cases of a project, or set what they are for. */
import { Command, Option } from 'commander'
import { readLibrary, type Library } from '../../library/index.ts'
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
      const { role, cases: list } = options
      if (!role) {
        // Read only: it works while a training of this project is running elsewhere.
        const library = readLibrary(options.project)
        show(library, list, options.json)
        return library.close()
      }
      await withProject(options.project, 'existing', async ({ services, library }) => {
        const caseIds = readCaseList(library, list ?? '').map((entry) => entry.id)
        await services.handlers['cases.setRole']({ caseIds, role })
        say(`${caseIds.length} case${caseIds.length === 1 ? '' : 's'} set to ${role}.`)
        show(library, list, options.json)
      })
    })
}

function show(library: Library, list: string | undefined, json: boolean | undefined): void {
  const cases = list === undefined ? library.cases() : readCaseList(library, list)
  if (json) return printJson({ cases: cases.map(({ seriesId: _, ...shown }) => shown) })
  const rows = cases.map((entry) => [entry.name, entry.role, entry.status, entry.modality, entry.shape.join('×')])
  print(table(['name', 'role', 'status', 'modality', 'voxels'], rows))
}
