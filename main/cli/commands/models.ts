/** handful models: list them, choose the active one, write one to a file or take one in. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { exportModel, importModel, listModels } from '../../services/models.ts'
import { findModel } from '../../services/predictions.ts'
import { explainFileError } from '../../library/index.ts'
import { jsonOption, projectOption } from '../arguments.ts'
import { figure, print, printJson, table, usage } from '../output.ts'
import { withProject } from '../session.ts'

type Options = { project: string; use?: string; export?: string; output?: string; import?: string; json?: boolean }

export function modelsCommand(): Command {
  return new Command('models')
    .description('List the models of a project, choose the active one, write one to a file, or take one in.')
    .addOption(projectOption)
    .option('--use <model>', 'make it the active one: it proposes labels')
    .option('--export <model>', 'write it as a .handful-model file into --output')
    .option('--output <folder>', 'where --export writes; made if missing')
    .option('--import <file>', 'take in a .handful-model file')
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  handful models --project study --export model-0a1b2c3d4e --output shared')
    .action(async (options: Options) => {
      if (options.export && !options.output) throw usage('Name the folder for the model file: --output FOLDER.')
      await withProject(options.project, 'existing', async ({ library }) => {
        if (options.import) importModel(library, read(options.import))
        if (options.use) library.setProjectFact('active model', findModel(library, options.use).id)
        const file = options.export ? exportModel(library, findModel(library, options.export), options.output!) : null
        const models = listModels(library).filter(({ removed }) => removed === null)
        if (options.json) return printJson({ file, models })
        if (file) return print(file)
        const rows = models.map((m) => [
          m.active ? '*' : '',
          m.id,
          m.name,
          String(m.steps),
          figure(m.dice),
          m.created.slice(0, 16),
        ])
        print(rows.length > 0 ? table(['', 'model', 'name', 'steps', 'Dice', 'made'], rows) : 'No model yet.')
      })
    })
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw usage(`${file} could not be read: ${explainFileError(error)}`)
  }
}
