/**
 * A stand-in for the module `electron`, for the tests of this folder: as much of it as the shell uses, every call
 * remembered. Tests of what Electron itself does run wherever its binary is.
 */
import { EventEmitter } from 'node:events'
import { vi } from 'vitest'

export class FakeContents extends EventEmitter {
  url = 'app://handful/'
  mainFrame = { url: this.url }
  sent: unknown[][] = []
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })
  getURL = () => this.url
  send = (...args: unknown[]) => void this.sent.push(args)
  setWindowOpenHandler = (handler: typeof this.openHandler) => void (this.openHandler = handler)
}

export function fakeElectron() {
  const windows: FakeWindow[] = []
  class FakeWindow extends EventEmitter {
    static getAllWindows = () => windows
    webContents = new FakeContents()
    options: { webPreferences: Record<string, unknown> } & Record<string, unknown>
    reload = vi.fn()
    focus = vi.fn()
    show = vi.fn()
    restore = vi.fn()
    isMinimized = () => false
    loadURL = vi.fn(async () => {})
    constructor(options: FakeWindow['options']) {
      super()
      this.options = options
      windows.push(this)
      electron.app.emit('web-contents-created', {}, this.webContents)
    }
  }
  class FakeChild extends EventEmitter {
    pid: number | undefined = 4242
    stderr = new EventEmitter()
    postMessage = vi.fn()
    kill = vi.fn(() => true)
  }
  const session = Object.assign(new EventEmitter(), {
    permissionRequest: null as null | ((contents: unknown, name: string, decide: (granted: boolean) => void) => void),
    permissionCheck: null as null | (() => boolean),
    deviceCheck: null as null | (() => boolean),
    beforeRequest: null as null | ((details: { url: string }, decide: (outcome: { cancel: boolean }) => void) => void),
    setPermissionRequestHandler: (handler: never) => void (session.permissionRequest = handler),
    setPermissionCheckHandler: (handler: never) => void (session.permissionCheck = handler),
    setDevicePermissionHandler: (handler: never) => void (session.deviceCheck = handler),
    webRequest: { onBeforeRequest: (handler: never) => void (session.beforeRequest = handler) },
  })
  const electron = {
    app: Object.assign(new EventEmitter(), {
      isPackaged: true,
      requestSingleInstanceLock: vi.fn(() => true),
      enableSandbox: vi.fn(),
      whenReady: vi.fn(async () => {}),
      quit: vi.fn(),
      exit: vi.fn(),
      getPath: vi.fn(() => '/nowhere'),
    }),
    BrowserWindow: FakeWindow,
    dialog: {
      showOpenDialog: vi.fn(async () => ({ canceled: false, filePaths: ['/scans'] })),
      showMessageBox: vi.fn(async () => ({ response: 0 })),
      showErrorBox: vi.fn(),
    },
    ipcMain: { handle: vi.fn(), removeHandler: vi.fn() },
    Menu: { buildFromTemplate: vi.fn((template: unknown) => template), setApplicationMenu: vi.fn() },
    powerSaveBlocker: { start: vi.fn(() => 7), stop: vi.fn() },
    protocol: { registerSchemesAsPrivileged: vi.fn(), handle: vi.fn() },
    session: { defaultSession: session },
    utilityProcess: { fork: vi.fn((..._: unknown[]) => new FakeChild()) },
  }
  return { ...electron, windows, FakeChild }
}

export type FakeElectron = ReturnType<typeof fakeElectron>
