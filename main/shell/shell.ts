/** The desktop app from start to end. Thin on purpose: what it does beyond a browser's tab is in this folder, and no more. */
import { app, dialog, ipcMain, protocol, session, type IpcMainInvokeEvent } from 'electron'
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { eventChannel } from '../../shared/api/bridge.ts'
import { ApiError } from '../../shared/api/contract.ts'
import { serveIpc } from '../../shared/api/ipc.ts'
import { createLog } from '../server/log.ts'
import { createServices, type Services } from '../services/index.ts'
import { enableGpu, openGpuWindow, shownWindows } from './gpu-window.ts'
import { lockContents, lockSession } from './lockdown.ts'
import { firstMenu, showMenu } from './menu.ts'
import { isOurs } from './origin.ts'
import { pageFolder, preloadFile } from './places.ts'
import { onOpenedFile, projectIn } from './project-argument.ts'
import { stayAwakeWhileTraining } from './power.ts'
import { declareScheme, serveScheme } from './protocol.ts'
import { utilitySpawner } from './spawn.ts'
import { openWindow } from './window.ts'

/** Call at once when the process starts: some of it must come before Electron is ready. */
export async function runShell(): Promise<void> {
  if (!app.requestSingleInstanceLock()) return app.quit()
  app.enableSandbox()
  enableGpu()
  declareScheme()
  lockContents()
  let opened = projectIn(process.argv)
  let openFolder = (folder: string) => void (opened = folder)
  onOpenedFile((folder) => openFolder(folder))
  await app.whenReady()

  const log = createLog(appendToLog)
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => log(`${event}: ${error instanceof Error ? error.stack : String(error)}`))
  }
  lockSession(session.defaultSession)
  firstMenu()
  const openGpu = () => openGpuWindow(log)
  const services = createServices({
    mode: 'desktop',
    spawn: utilitySpawner(openGpu),
    pickFolder,
    showMenu: (menus) => showMenu(menus, (id) => broadcast(eventChannel, 'menu.chosen', { id })),
    log,
  })
  serveScheme(protocol, pageFolder, services, log)
  serveIpc({ program: services, ipcMain, trusts, broadcast, log })
  stayAwakeWhileTraining(services.on)

  const open = () => {
    // A hidden window may be open still; it ends with the process that computes, which is asked to end now.
    openWindow(preloadFile, log).once('closed', () => app.quit())
  }
  app.on('second-instance', (_, argv) => {
    const [window] = shownWindows()
    if (window?.isMinimized()) window.restore()
    if (window) window.focus()
    else open()
    void openProject(services, projectIn(argv))
  })
  app.on('activate', () => {
    if (shownWindows().length === 0) open()
  })
  closeBeforeQuitting(services, log)
  await openProject(services, opened)
  openFolder = (folder) => void openProject(services, folder)
  open()
}

/** Messages count only from the top frame of a window that a person sees and that shows a page of ours. */
export function trusts(event: Pick<IpcMainInvokeEvent, 'sender' | 'senderFrame'>): boolean {
  const { sender, senderFrame } = event
  if (!shownWindows().some(({ webContents }) => webContents === sender)) return false
  return senderFrame !== null && senderFrame === sender.mainFrame && isOurs(senderFrame.url)
}

function broadcast(channel: string, name: string, payload: unknown): void {
  for (const { webContents } of shownWindows()) {
    if (isOurs(webContents.getURL())) webContents.send(channel, name, payload)
  }
}

async function pickFolder(title: string): Promise<string | null> {
  const [window] = shownWindows()
  const options = { title, properties: ['openDirectory' as const, 'createDirectory' as const] }
  const { canceled, filePaths } = await (window
    ? dialog.showOpenDialog(window, options)
    : dialog.showOpenDialog(options))
  return canceled ? null : (filePaths[0] ?? null)
}

async function openProject(services: Services, folder: string | undefined): Promise<void> {
  if (folder === undefined) return
  try {
    await services.handlers['project.open']({ folder })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    dialog.showErrorBox('This project was not opened', error.message)
  }
}

/** A training leaves its checkpoint and the project is closed before the process ends. */
function closeBeforeQuitting(services: Services, log: (detail: string) => void): void {
  let state: 'open' | 'closing' | 'closed' = 'open'
  app.on('before-quit', (event) => {
    if (state === 'closed') return
    event.preventDefault()
    if (state === 'closing') return
    state = 'closing'
    services
      .close()
      .catch((error: unknown) => log(`Closing failed: ${String(error)}`))
      .finally(() => {
        state = 'closed'
        app.quit()
      })
  })
}

function appendToLog(entry: string): void {
  const folder = app.getPath('logs')
  mkdirSync(folder, { recursive: true })
  appendFileSync(join(folder, 'handful.log'), entry)
}
