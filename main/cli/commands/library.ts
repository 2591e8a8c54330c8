/** handful library: is everything there and whole? Moved scans, backups, the trash. */
import { Command } from 'commander'
import { resolve } from 'node:path'
import { listBackups, restoreBackup } from '../../library/index.ts'
import { checkLibrary } from '../../services/checking.ts'
import { relocate } from '../../services/moved-files.ts'
import { emptyTrash } from '../../services/trash.ts'
import { jsonOption, projectOption } from '../arguments.ts'
import { exit, print, printJson, progressLine, say, table, usage } from '../output.ts'
import { withProject } from '../session.ts'

type CheckFlags = { project: string; quick?: boolean; repair: boolean; relocate?: string[]; json?: boolean }
type Flags = { project: string; json?: boolean }

export function libraryCommand(): Command {
  const check = new Command('check')
    .description('Check the index, the scans’ files, the prepared volumes and all label versions; repair what can be.')
    .addOption(projectOption)
    .option('--quick', 'only look whether the scans’ files are there with their size; do not read them')
    .option('--no-repair', 'only report')
    .option('--relocate <folders...>', 'OLD NEW: scans that lay below OLD lie below NEW now')
    .addOption(jsonOption)
    .addHelpText(
      'after',
      `
Prepared volumes that are missing are made again; scans and label maps are never changed.
Exit code 1: something is wrong that could not be repaired.

Example:
  handful library check --project study --relocate /media/old/scans /data/scans`,
    )
    .action(runCheck)
  const backup = new Command('backup')
    .description('Copy the index and all label maps into the project’s backups, or to another disk (models as well).')
    .addOption(projectOption)
    .option('--output <folder>', 'a new folder is made in it')
    .addOption(jsonOption)
    .action(({ project, output, json }: Flags & { output?: string }) =>
      withProject(project, 'existing', async ({ library }) => {
        const folder = library.backUp(output === undefined ? undefined : resolve(output))
        if (json) printJson({ folder })
        else print(folder)
      }),
    )
  const backups = new Command('backups')
    .description('List the backups in the project’s own folder; one is made each day that it is opened.')
    .addOption(projectOption)
    .addOption(jsonOption)
    .action(({ project, json }: Flags) => {
      const all = listBackups(resolve(project))
      if (json) return printJson({ backups: all })
      print(table(['made', 'label maps', 'folder'], all.map(({ created, labels, folder }) => [created, String(labels), folder]))) // prettier-ignore
    })
  const restore = new Command('restore')
    .description('Put a backup’s index in the place of the project’s; what was there is kept as a backup.')
    .argument('<backup>', 'the backup’s folder')
    .addOption(projectOption)
    .action((from: string, { project }: Flags) => {
      const kept = restoreBackup(resolve(project), resolve(from))
      say(`The backup was put back.${kept === null ? '' : ` What was there before is in ${kept}.`}`)
    })
  const trash = new Command('trash')
    .description('List what is in the trash (`handful cases --delete`, `--restore`), or empty it for good.')
    .addOption(projectOption)
    .option('--empty', 'delete what is in it for good; the scans’ own files are never touched')
    .addOption(jsonOption)
    .action(({ project, empty, json }: Flags & { empty?: boolean }) =>
      withProject(project, 'existing', async ({ library }) => {
        const before = library.trashedCases()
        const emptied = empty ? emptyTrash(library) : null
        if (json) return printJson({ cases: before, emptied })
        if (emptied)
          return say(`${emptied.cases} scans deleted for good, ${(emptied.bytes / 1e6).toFixed(1)} MB freed.`)
        const rows = before.map(({ name, modality, removed, labelVersions }) => [name, modality, removed, String(labelVersions)]) // prettier-ignore
        print(table(['name', 'modality', 'deleted', 'label versions'], rows))
      }),
    )
  const library = new Command('library').description('Look after a project: check, moved scans, backups, trash.')
  for (const command of [check, backup, backups, restore, trash]) library.addCommand(command)
  return library
}

async function runCheck(options: CheckFlags): Promise<void> {
  const folders = options.relocate
  if (folders && folders.length !== 2) throw usage('Give two folders: --relocate OLD NEW.')
  const { project, quick = false, repair, json } = options
  await withProject(project, 'existing', async (session) => {
    const { context, library } = session
    const moved = folders ? relocate(library, folders[0], folders[1]) : null
    if (moved)
      say(`${moved.files} files of ${moved.scans} scans found in their new place, ${moved.missing} not found there.`)
    const goOn = (done: number, total: number) => {
      progressLine.show('Checking scans', done, total, null)
      return !session.interrupted
    }
    const report = await checkLibrary(context, library, { contents: !quick, repair, goOn })
    progressLine.clear()
    const problems = report.findings.filter(({ state }) => state === 'problem')
    if (json) printJson({ ok: problems.length === 0, ...report, relocated: moved })
    else for (const { state, area, name, message } of report.findings) print(`${state}: ${area} ${name}: ${message}`)
    const { scans, files, labels } = report.checked
    const verdict = problems.length === 0 ? 'All is well' : `${problems.length} problems`
    say(`${verdict}: ${scans} scans (${files} files) and ${labels} label versions checked.`)
    if (problems.length > 0) process.exitCode = exit.failed
  })
}
