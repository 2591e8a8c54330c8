/**
 * The hidden window whose page has the GPU (main/engine/webgpu/page): the npm package for WebGPU does not run inside
 * Electron, Chromium's own does. It has a session of its own in which there is nothing but that page: no network, no
 * scans, no permissions, no way to the services; all that leads to it is one port.
 */
import { app, BrowserWindow, MessageChannelMain, session, type MessagePortMain, type Session } from 'electron'
import type { Log } from '../../shared/api/dispatch.ts'
import { dawnFeatures, gpuPage, gpuPortMessage } from '../../shared/api/gpuPage.ts'
import { lockSession } from './lockdown.ts'
import { pageUrl } from './origin.ts'
import { gpuPreloadFile, pageFolder } from './places.ts'
import { serveScheme } from './protocol.ts'
import { isolation } from './window.ts'

export interface GpuWindow {
  /** Our end of the line; it closes when the page crashes. */
  readonly port: MessagePortMain
  close(): void
}

/** Must run before the app is ready. On Linux Chromium offers WebGPU to few cards unless it is asked to. */
export function enableGpu(): void {
  app.commandLine.appendSwitch('enable-dawn-features', dawnFeatures)
  if (process.platform === 'linux') app.commandLine.appendSwitch('enable-unsafe-webgpu')
}

const hidden = new WeakSet<BrowserWindow>()

/** Windows that a person sees. */
export const shownWindows = (): BrowserWindow[] => BrowserWindow.getAllWindows().filter((window) => !hidden.has(window))

/** Rejects if the page does not load. Close it, or its memory on the GPU stays taken. */
export async function openGpuWindow(log: Log): Promise<GpuWindow> {
  const window = new BrowserWindow({
    show: false,
    skipTaskbar: true,
    title: 'Handful',
    webPreferences: {
      ...isolation,
      preload: gpuPreloadFile,
      session: gpuSession(log),
      // Nobody sees it, and it has work to do.
      backgroundThrottling: false,
      devTools: false,
    },
  })
  hidden.add(window)
  const close = () => void (window.isDestroyed() || window.destroy())
  window.webContents.on('render-process-gone', (_, { reason, exitCode }) => {
    log(`The process of the GPU's page is gone: ${reason}, ${exitCode}`)
    close()
  })
  try {
    await window.loadURL(pageUrl + gpuPage)
  } catch (error) {
    close()
    throw error
  }
  const { port1, port2 } = new MessageChannelMain()
  window.webContents.postMessage(gpuPortMessage, null, [port2])
  return { port: port1, close }
}

let prepared: Session | null = null

/** Without "persist:" it is in memory only. */
function gpuSession(log: Log): Session {
  if (prepared) return prepared
  prepared = session.fromPartition('gpu', { cache: false })
  lockSession(prepared)
  serveScheme(prepared.protocol, pageFolder, null, log)
  return prepared
}
