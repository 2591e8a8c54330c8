/** `handful <command>`: every step of the app without a window. */
import { Command, CommanderError } from 'commander'
import { ApiError } from '../../shared/api/contract.ts'
import { appVersion } from '../services/app.ts'
import { casesCommand } from './commands/cases.ts'
import { classifyCommand } from './commands/classify.ts'
import { doctorCommand } from './commands/doctor.ts'
import { demoCommand } from './commands/demo.ts'
import { evaluateCommand } from './commands/evaluate.ts'
import { exportCommand } from './commands/export.ts'
import { importCommand } from './commands/import.ts'
import { finetuneCommand } from './commands/finetune.ts'
import { libraryCommand } from './commands/library.ts'
import { modelsCommand } from './commands/models.ts'
import { nextCommand } from './commands/next.ts'
import { predictCommand } from './commands/predict.ts'
import { pretrainCommand } from './commands/pretrain.ts'
import { reportCommand } from './commands/report.ts'
import { resumeCommand } from './commands/resume.ts'
import { serveCommand } from './commands/serve.ts'
import { statusCommand } from './commands/status.ts'
import { trainCommand } from './commands/train.ts'
import { CommandError, exit, print, progressLine, say } from './output.ts'

const program = new Command('handful')
  .description('Label a handful of 3D scans, pretrain and fine-tune a segmentation model, predict the rest.')
  .version(appVersion())
  .showHelpAfterError('(add --help for what this command takes)')
  .addHelpText(
    'after',
    `
Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 130 cancelled. Results go to stdout, progress to stderr.
Research use only; not for diagnosis.`,
  )

const commands = [
  importCommand(),
  casesCommand(),
  trainCommand(),
  pretrainCommand(),
  finetuneCommand(),
  predictCommand(),
  evaluateCommand(),
  exportCommand(),
  libraryCommand(),
  resumeCommand(),
  modelsCommand(),
  nextCommand(),
  reportCommand(),
  statusCommand(),
  serveCommand(),
  demoCommand(),
  classifyCommand(),
  doctorCommand(),
]
for (const command of commands) program.addCommand(command.exitOverride().configureHelp({ showGlobalOptions: false }))
program.exitOverride()

// The reader of a pipe may leave early (`handful status | head`): no mistake of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? exit.ok : exit.failed),
)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

function report(error: unknown): number {
  progressLine.clear()
  if (error instanceof CommanderError) {
    // Commander has printed its message; asking for help or the version is no mistake.
    return error.exitCode === 0 ? exit.ok : exit.usage
  }
  const wantsJson = process.argv.includes('--json')
  const message = error instanceof Error ? error.message : String(error)
  const isPlain = error instanceof CommandError || error instanceof ApiError
  if (wantsJson) print(JSON.stringify({ error: isPlain ? message : `Handful made a mistake: ${message}` }))
  if (isPlain) say(message)
  else say(`Handful made a mistake: ${error instanceof Error ? (error.stack ?? message) : message}`)
  return error instanceof CommandError ? error.code : exit.failed
}
