/** handful status: what a project holds and where its runs stand. */
import { Command } from 'commander'
import { readLibrary } from '../../library/index.ts'
import { jsonOption, projectOption } from '../arguments.ts'
import { figure, print, printJson, table } from '../output.ts'

export function statusCommand(): Command {
  return new Command('status')
    .description('Show a project’s cases, runs and models.')
    .addOption(projectOption)
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  handful status --project study')
    .action(async (options: { project: string; json?: boolean }) => {
      // Read only: it works while a training of this project is running elsewhere.
      const library = readLibrary(options.project)
      try {
        const [project, runs, models, labels] = [library.describe(), library.runs(), library.models(), library.labels()]
        if (options.json) return printJson({ project, labels, runs, models })
        print(`${project.name} (${project.folder})`)
        print(
          `${project.cases} cases, ${project.labelled} labelled. Labels: ${labels.map((label) => `${label.value} ${label.name}`).join(', ') || 'none yet'}.`,
        )
        if (models.length > 0) {
          const rows = models.map((model) => [
            model.id,
            model.name,
            String(model.steps),
            figure(model.dice),
            model.created.slice(0, 16),
          ])
          print(`\n${table(['model', 'name', 'steps', 'Dice', 'made'], rows)}`)
        }
        if (runs.length > 0) {
          const rows = runs.map((run) => [
            run.id,
            run.state,
            run.steps === null ? '' : `${run.step}/${run.steps}`,
            run.reason ?? '',
          ])
          print(`\n${table(['run', 'state', 'steps', ''], rows)}`)
        }
      } finally {
        library.close()
      }
    })
}
