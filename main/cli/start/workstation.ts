/** The app as a page for a browser: on a machine without Electron, or one that is reached through a tunnel. */
import { join } from 'node:path'
import { ApiError } from '../../../shared/api/contract.ts'
import { createLog } from '../../server/log.ts'
import { startServer } from '../../server/index.ts'
import { createServices } from '../../services/index.ts'
import { hasDisplay, openBrowser } from './display.ts'

export interface WorkstationOptions {
  /** The project's own folder, where out/ is. */
  root: string
  /** A project to open at once. */
  project?: string
  port?: number
  /** Whether to open a browser. */
  open: boolean
}

/** Serves until it is told to stop (Ctrl+C). Rejects with a sentence when the project or the port can't be had. */
export async function runWorkstation(options: WorkstationOptions, say: (line: string) => void): Promise<void> {
  const log = createLog((entry) => process.stderr.write(entry))
  const services = createServices({ mode: 'workstation', log })
  try {
    if (options.project !== undefined) await services.handlers['project.open']({ folder: options.project })
    const page = join(options.root, 'out', 'renderer')
    const server = await startServer({ services, page, port: options.port, log })
    try {
      say(`Handful is at ${server.url}`)
      if (!hasDisplay()) {
        const { port } = server
        say(`From another computer: ssh -L ${port}:127.0.0.1:${port} <this one>, then open that address there.`)
      }
      if (options.open && (await openBrowser(server.onceUrl()))) say('It opens in your browser.')
      say('Stop it with Ctrl+C; what was done is kept.')
      await told()
      say('\nClosing …')
    } finally {
      await server.close()
    }
  } catch (error) {
    throw error instanceof ApiError ? new Error(error.message, { cause: error }) : error
  } finally {
    await services.close()
  }
}

/** Until a signal asks to end. A second one ends at once. */
function told(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1))
        resolve()
      })
    }
  })
}
