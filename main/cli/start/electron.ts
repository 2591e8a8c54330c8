/** Electron's binary comes from outside the npm registry, at the first start. Where it can't be had, that is no error. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasDisplay } from './display.ts'

/** The path of Electron's program, or why it is not used: the end of a sentence. */
export type Electron = { path: string } | { missing: string }

/** What of this machine decides whether Electron can run. */
const thisMachine = () => ({
  display: hasDisplay(),
  linuxRoot: process.platform === 'linux' && process.getuid?.() === 0,
})

/** Fetches it when it is not there and its source answers within `patience` ms. */
export async function findElectron(
  root: string,
  say: (line: string) => void,
  machine = thisMachine(),
  patience = 3000,
): Promise<Electron> {
  if (!machine.display) return { missing: 'there is no display here' }
  if (machine.linuxRoot) {
    return { missing: 'Electron does not run as root, where its sandbox does not work' }
  }
  const folder = join(root, 'node_modules', 'electron')
  const present = installedElectron(root)
  if (present) return { path: present }
  if (!existsSync(join(folder, 'install.js'))) return { missing: 'the package electron is not installed' }
  if (!(await answers(sourceUrl(folder), patience))) return { missing: 'Electron could not be fetched (no internet?)' }
  say('Fetching Electron (once, about 120 MB) …')
  const code = await runNode([join(folder, 'install.js')], 15 * 60_000)
  const fetched = installedElectron(root)
  return fetched ? { path: fetched } : { missing: `Electron could not be installed (code ${code})` }
}

/** Electron's program; null where it has not been fetched. `root`: the project's folder. */
export function installedElectron(root: string): string | null {
  const folder = join(root, 'node_modules', 'electron')
  try {
    const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist')
    const path = join(dist, readFileSync(join(folder, 'path.txt'), 'utf8'))
    return existsSync(path) ? path : null
  } catch {
    return null
  }
}

/** Where Electron's own installer will look. */
function sourceUrl(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  const mirror =
    process.env.npm_config_electron_mirror ??
    process.env.ELECTRON_MIRROR ??
    'https://github.com/electron/electron/releases/download/'
  return `${mirror}v${version}/electron-v${version}-${process.platform}-${process.arch}.zip`
}

/** Asked in a process of its own: Node reads the proxy settings of the environment only at its start. */
async function answers(url: string, patience: number): Promise<boolean> {
  const ask = `fetch(process.argv[1], { method: 'HEAD', signal: AbortSignal.timeout(${patience}) })
    .then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))`
  return (await runNode(['--use-env-proxy', '--no-warnings', '-e', ask, url], patience + 1000)) === 0
}

function runNode(args: string[], limit: number): Promise<number> {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_USE_ENV_PROXY: '1', ELECTRON_GET_USE_PROXY: '1' }
    const child = spawn(process.execPath, args, { stdio: 'ignore', env, timeout: limit, killSignal: 'SIGKILL' })
    child.on('error', () => resolve(1))
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

/** A start that fails within this time was none: a missing system library, a sandbox that is not allowed. */
const shortLife = 5000

/** Runs the app's window until it is closed. Resolves with "failed" when it never came up. */
export function runElectron(path: string, root: string, args: string[]): Promise<'closed' | 'failed'> {
  const start = performance.now()
  return new Promise((resolve) => {
    const child = spawn(path, [root, ...args], { stdio: 'inherit' })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
    child.on('error', () => resolve('failed'))
    child.on('exit', (code) => {
      const failed = code !== 0 && code !== null && performance.now() - start < shortLife
      resolve(failed ? 'failed' : 'closed')
    })
  })
}
