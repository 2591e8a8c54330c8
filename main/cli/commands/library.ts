/** handful library: is everything there and whole? */
import { Command } from 'commander'
import { checkLibrary, relocate } from '../../services/checking.ts'
import { jsonOption, projectOption } from '../arguments.ts'
import { exit, print, printJson, progressLine, say, usage } from '../output.ts'
import { withProject } from '../session.ts'

type Options = { project: string; quick?: boolean; repair: boolean; relocate?: string[]; json?: boolean }

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
  return new Command('library').description('Look after a project’s files.').addCommand(check)
}

async function runCheck(options: Options): Promise<void> {
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
