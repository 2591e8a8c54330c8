/** Windows and browsers on this machine. */
import { spawn } from 'node:child_process'

/** Whether this process could show a window: on Linux only with a display to show it on. */
export function hasDisplay(platform = process.platform, env = process.env): boolean {
  if (platform === 'win32' || platform === 'darwin') return true
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
}

/** The command that opens an address in the default browser, or null where nobody would see it. */
export function browserCommand(url: string, platform = process.platform, env = process.env): string[] | null {
  if (!hasDisplay(platform, env)) return null
  if (platform === 'darwin') return ['open', url]
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url]
  return ['xdg-open', url]
}

/** Resolves with whether a browser was asked to open. Never rejects: the address is printed anyway. */
export function openBrowser(url: string): Promise<boolean> {
  const command = browserCommand(url)
  if (!command) return Promise.resolve(false)
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), { stdio: 'ignore', detached: true })
    child.on('error', () => resolve(false))
    child.on('exit', (code) => resolve(code === 0))
    setTimeout(() => resolve(true), 2000).unref() // some stay as long as their browser does
    child.unref()
  })
}
