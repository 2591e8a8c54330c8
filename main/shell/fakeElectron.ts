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
  postMessage = vi.fn()
  forcefullyCrashRenderer = vi.fn()
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
    maximize = vi.fn()
    isMaximized = () => this.maximize.mock.calls.length > 0
    getNormalBounds = () => ({ x: 10, y: 20, width: 1000, height: 700 })
    loadURL = vi.fn(async () => {})
    destroyed = false
    isDestroyed = () => this.destroyed
    destroy = vi.fn(() => {
      this.destroyed = true
      windows.splice(windows.indexOf(this), 1)
      this.emit('closed')
    })
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
  class FakePort extends EventEmitter {
    postMessage = vi.fn()
    start = vi.fn()
    close = vi.fn()
  }
  const fakeSession = () => {
    const session = Object.assign(new EventEmitter(), {
      permissionRequest: null as null | ((contents: unknown, name: string, decide: (granted: boolean) => void) => void),
      permissionCheck: null as null | (() => boolean),
      deviceCheck: null as null | (() => boolean),
      beforeRequest: null as
        null | ((details: { url: string }, decide: (outcome: { cancel: boolean }) => void) => void),
      setPermissionRequestHandler: (handler: never) => void (session.permissionRequest = handler),
      setPermissionCheckHandler: (handler: never) => void (session.permissionCheck = handler),
      setDevicePermissionHandler: (handler: never) => void (session.deviceCheck = handler),
      webRequest: { onBeforeRequest: (handler: never) => void (session.beforeRequest = handler) },
      protocol: { handle: vi.fn() },
    })
    return session
  }
  const partitions = new Map<string, ReturnType<typeof fakeSession>>()
  const fromPartition = vi.fn((name: string, _options: object) => {
    if (!partitions.has(name)) partitions.set(name, fakeSession())
    return partitions.get(name)!
  })
  const electron = {
    app: Object.assign(new EventEmitter(), {
      isPackaged: true,
      requestSingleInstanceLock: vi.fn(() => true),
      enableSandbox: vi.fn(),
      commandLine: { appendSwitch: vi.fn() },
      whenReady: vi.fn(async () => {}),
      quit: vi.fn(),
      exit: vi.fn(),
      getPath: vi.fn((_name: string) => '/nowhere'),
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
    session: { defaultSession: fakeSession(), fromPartition },
    MessageChannelMain: class {
      port1 = new FakePort()
      port2 = new FakePort()
    },
    screen: { getAllDisplays: vi.fn(() => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }]) },
    utilityProcess: { fork: vi.fn((..._: unknown[]) => new FakeChild()) },
  }
  return { ...electron, windows, FakeChild, FakePort }
}

export type FakeElectron = ReturnType<typeof fakeElectron>
