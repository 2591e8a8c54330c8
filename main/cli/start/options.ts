import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const usage = `npm start -- [options]
  --project DIR   open this project
  --workstation   a page for a browser, also where Electron is there
  --port N        port of that page (default: 42630, or any free one)
  --no-open       don't open a browser`

export interface StartOptions {
  help: boolean
  /** Absolute path. */
  project?: string
  workstation: boolean
  port?: number
  open: boolean
}

/** Throws a sentence for options that are not understood. `folder` is where relative paths start. */
export function readOptions(args: string[], folder = process.env.INIT_CWD ?? process.cwd()): StartOptions {
  const { values } = parse(args)
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65535)) {
    throw new Error(`--port is a number from 0 (any) to 65535, not “${values.port}”.`)
  }
  return {
    help: values.help ?? false,
    project: values.project === undefined ? undefined : resolve(folder, values.project),
    // A port is a wish for a page.
    workstation: (values.workstation ?? false) || port !== undefined,
    port,
    open: values.open ?? true,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowNegative: true,
      options: {
        project: { type: 'string' },
        workstation: { type: 'boolean' },
        port: { type: 'string' },
        open: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${usage}`, { cause: error })
  }
}
