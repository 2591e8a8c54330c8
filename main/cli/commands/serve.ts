/** handful serve: the app for a browser, on this machine's own address. */
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { Command } from 'commander'
import { openLibrary } from '../../library/index.ts'
import { useProject } from '../../services/project.ts'
import { jsonOption, wholeNumber } from '../arguments.ts'
import { CommandError, print, printJson, say } from '../output.ts'
import { withServices } from '../session.ts'
import { ensureBuilt } from '../start/build.ts'

type Options = { project?: string; port?: number; json?: boolean }

export function serveCommand(): Command {
  return new Command('serve')
    .description(
      'Serve the app on loopback, for a browser here or through an SSH tunnel. Prints the address with its token.',
    )
    .option('--project <folder>', 'project to open')
    .option('--port <number>', 'port (default: the usual one if free, else any; 0: any)', wholeNumber)
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  handful serve --project study --port 8750')
    .action(async (options: Options) => {
      const root = fileURLToPath(new URL('../../..', import.meta.url))
      try {
        ensureBuilt(root, say)
      } catch (error) {
        throw new CommandError(error instanceof Error ? error.message : String(error))
      }
      const page = join(root, 'out', 'renderer')
      await withServices(async (services, isInterrupted) => {
        if (options.project !== undefined) useProject(services.context, () => openLibrary(options.project ?? ''))
        const { startServer } = await import('../../server/index.ts')
        const server = await startServer({ services, page, port: options.port, log: say }).catch((error: Error) => {
          throw new CommandError(error.message)
        })
        if (options.json) printJson({ url: server.url, port: server.port })
        else print(server.url)
        say('Ctrl-C ends it. Whoever has the whole address can use the app.')
        while (!isInterrupted()) await new Promise((resume) => setTimeout(resume, 200))
        await server.close()
      })
    })
}
