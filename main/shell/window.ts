/** The app's window, and what happens when its page crashes or hangs. */
import { app, BrowserWindow, dialog } from 'electron'
import type { Log } from '../../shared/api/dispatch.ts'
import { pageUrl } from './origin.ts'
import { keepPlace, lastPlace } from './window-state.ts'

/** More crashes than this within a minute, and it is not loaded again by itself. */
const mostCrashes = 3

/** What no page of ours gets, whatever it is for. */
export const isolation = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
  // Would fetch its dictionaries from the internet.
  spellcheck: false,
} as const

export function openWindow(preload: string, log: Log): BrowserWindow {
  const { bounds, maximized } = lastPlace()
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 960,
    minHeight: 600,
    show: false,
    title: 'Handful',
    backgroundColor: '#16181d',
    webPreferences: { ...isolation, preload, devTools: !app.isPackaged },
  })
  if (maximized) window.maximize()
  keepPlace(window)
  window.once('ready-to-show', () => window.show())
  watch(window, log)
  void window.loadURL(pageUrl)
  return window
}

/** A training goes on in its own process meanwhile; labels were saved. So a new page is all that it takes. */
function watch(window: BrowserWindow, log: Log): void {
  const crashes: number[] = []
  window.webContents.on('render-process-gone', (_, { reason, exitCode }) => {
    if (reason === 'clean-exit') return
    log(`The page's process is gone: ${reason}, ${exitCode}`)
    crashes.push(Date.now())
    if (crashes.filter((time) => time > Date.now() - 60_000).length < mostCrashes) return window.reload()
    const why = reason === 'oom' ? 'the computer ran out of memory' : 'its display crashed several times'
    const message = `Handful stopped showing its page, because ${why}.`
    const detail = 'What was saved is kept, and a training goes on.'
    void dialog
      .showMessageBox(window, { type: 'error', message, detail, buttons: ['Try again', 'Quit'] })
      .then(({ response }) => {
        crashes.length = 0
        if (response === 0) window.reload()
        else app.quit()
      })
  })
  window.webContents.on('did-fail-load', (_, code, description) => log(`The page did not load: ${code} ${description}`))
  let asking: AbortController | null = null
  window.on('unresponsive', () => {
    log('The page does not respond.')
    if (asking) return
    asking = new AbortController()
    const message = 'Handful does not respond.'
    const detail = 'It may be busy with a large scan. What was saved is kept, and a training goes on.'
    const { signal } = asking
    void dialog
      .showMessageBox(window, { type: 'warning', message, detail, buttons: ['Wait', 'Load it again'], signal })
      .then(({ response }) => {
        asking = null
        if (response === 1) window.webContents.forcefullyCrashRenderer()
      })
  })
  window.on('responsive', () => asking?.abort())
}
