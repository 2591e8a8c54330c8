/**
 * `npm start`: builds the app where that is needed, then opens it: in Electron, or, where that can't be, in workstation
 * mode, as a page for a browser.
 */
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from './build.ts'
import { findElectron, runElectron } from './electron.ts'
import { usage, readOptions } from './options.ts'
import { runWorkstation } from './workstation.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const say = (line: string) => console.log(line)

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options.help) return say(usage)
  ensureBuilt(root, say)
  if (!options.workstation) {
    const electron = await findElectron(root, say)
    if ('path' in electron) {
      const args = options.project === undefined ? [] : ['--project', options.project]
      if ((await runElectron(electron.path, root, args)) === 'closed') return
    }
    const why = 'missing' in electron ? electron.missing : 'Electron did not start'
    say(`Handful opens as a page in a browser, not in a window of its own: ${why}.`)
  }
  await runWorkstation({ root, project: options.project, port: options.port, open: options.open }, say)
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  },
)
