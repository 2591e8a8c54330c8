/** handful cases: list the cases of a project, or set what they are for. */
import { Command, Option } from 'commander'
import { readLibrary, type Library } from '../../library/index.ts'
import { jsonOption, projectOption, readCaseList } from '../arguments.ts'
import { splitChannels } from '../../services/importing.ts'
import { CommandError, print, printJson, say, table, usage } from '../output.ts'
import { withProject } from '../session.ts'

type Options = {
  project: string
  role?: 'training' | 'validation'
  cases?: string
  delete?: boolean
  restore?: boolean
  split?: string
  json?: boolean
}

export function casesCommand(): Command {
  return new Command('cases')
    .description('List the cases of a project, set what they are for, or delete some.')
    .addOption(projectOption)
    .addOption(
      new Option('--role <role>', 'what the cases named by --cases are for').choices(['training', 'validation']),
    )
    .option('--cases <list>', 'names separated by commas, or a file with one a line')
    .option('--delete', 'put the cases named by --cases into the trash, with their label maps')
    .option('--restore', 'bring the cases named by --cases back out of the trash')
    .option('--split <case>', 'undo channels: each is a case of its own again, the case of all goes to the trash')
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `
Training cases are learnt from; validation cases are only measured on, and stay out of pretraining.

Example:
  handful cases --project study --role validation --cases scan_07,scan_12`,
    )
    .action(async (options: Options) => {
      const { role, cases: list } = options
      const wishes = [role, options.delete, options.restore].filter((wish) => wish !== undefined)
      if (options.split) return splitCase(options.project, options.split, options.json)
      if (wishes.length > 0 && !list) throw usage('Name the cases with --cases.')
      if (wishes.length > 1) throw usage('Give one of --role, --delete and --restore.')
      if (options.delete || options.restore)
        return moveCases(options.project, list ?? '', options.restore === true, options.json)
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

async function splitCase(project: string, name: string, json?: boolean): Promise<void> {
  await withProject(project, 'existing', async ({ context, library }) => {
    const [entry] = readCaseList(library, name)
    const job = await splitChannels(context, entry.id).finished
    if (job.state !== 'done') throw new CommandError(job.message)
    say(job.message)
    if (json) show(library, undefined, json)
  })
}

/** Into the trash, or back: names in the trash are looked up there. */
async function moveCases(project: string, list: string, back: boolean, json?: boolean): Promise<void> {
  await withProject(project, 'existing', async ({ services, library }) => {
    await (back ? bringBack() : remove())
    if (json) show(library, undefined, json)

    async function remove(): Promise<void> {
      const caseIds = readCaseList(library, list).map((entry) => entry.id)
      await services.handlers['cases.remove']({ caseIds })
      say(`${caseIds.length} put into the trash; bring back with --restore, or empty it: library trash --empty.`)
    }

    async function bringBack(): Promise<void> {
      const wanted = list.split(',').map((name) => name.trim().toLowerCase())
      const found = library
        .trashedCases()
        .filter(({ id, name }) => wanted.includes(name.toLowerCase()) || wanted.includes(id))
      if (found.length < wanted.length) throw usage(`Not all of ${list} are in the trash; \`library trash\` lists it.`)
      await services.handlers['trash.restore']({ caseIds: found.map(({ id }) => id) })
      say(`${found.length} brought back.`)
    }
  })
}

function show(library: Library, list: string | undefined, json: boolean | undefined): void {
  const cases = list === undefined ? library.cases() : readCaseList(library, list)
  if (json) return printJson({ cases: cases.map(({ seriesId: _, ...shown }) => shown) })
  const rows = cases.map((entry) => [
    entry.name,
    entry.role,
    entry.status,
    entry.modality,
    entry.shape.join('×'),
    entry.channelNames?.join(', ') ?? String(entry.channels),
  ])
  print(table(['name', 'role', 'status', 'modality', 'voxels', 'channels'], rows))
}
