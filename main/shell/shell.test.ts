/** Each security property of the shell, and its life from start to end, against a stand-in for Electron. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as electronModule from 'electron'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventChannel, requestChannel } from '../../shared/api/bridge.ts'
import { ApiError } from '../../shared/api/contract.ts'
import { gpuWish } from '../../shared/api/gpuPage.ts'
import type { Menu } from '../../shared/domain/menu.ts'
import type { FakeContents, FakeElectron } from './fakeElectron.ts'
import { lockContents, lockSession } from './lockdown.ts'
import { isOurs, pageUrl } from './origin.ts'
import { stayAwakeWhileTraining } from './power.ts'
import { serveScheme } from './protocol.ts'
import { runShell, trusts } from './shell.ts'
import { openGpuWindow, shownWindows, type GpuWindow } from './gpu-window.ts'
import { utilitySpawner } from './spawn.ts'
import { openWindow } from './window.ts'

vi.mock('electron', async () => (await import('./fakeElectron.ts')).fakeElectron())
const services = vi.hoisted(() => ({
  handlers: { 'project.current': vi.fn(() => null), 'project.open': vi.fn() },
  on: vi.fn((..._: unknown[]) => () => {}),
  files: vi.fn(async () => null),
  upload: vi.fn(async () => null),
  close: vi.fn(async () => {}),
}))
const created = vi.hoisted(() => vi.fn((..._: unknown[]) => services))
vi.mock('../services/index.ts', () => ({ createServices: created }))

const electron = electronModule as unknown as FakeElectron
const { app, dialog, windows } = electron
const session = electron.session.defaultSession

beforeEach(() => {
  vi.clearAllMocks()
  app.removeAllListeners()
  windows.length = 0
})

const settled = () => new Promise((resolve) => setImmediate(resolve))
/** An event with a prevented flag. */
const happening = (more: object = {}) => ({ preventDefault: vi.fn(), ...more })

describe('what counts as our page', () => {
  it.each(['app://handful/', 'app://handful/index.html?a#b'])('%s', (url) => expect(isOurs(url)).toBe(true))
  it.each([
    '',
    'app://other/',
    'app://handful.evil.example/',
    'app://evil@handful/',
    'http://handful/',
    'https://app//handful/',
    'file:///app://handful/',
    'about:blank',
    'data:text/html,app://handful/',
    'javascript:alert(1)',
    'APP//handful',
  ])('not %s', (url) => expect(isOurs(url)).toBe(false))
})

describe('the window', () => {
  it('shows a page without node, isolated and in a sandbox', () => {
    const window = openWindow('/preload.cjs', () => {}) as unknown as FakeElectron['windows'][number]
    expect(window.options.webPreferences).toEqual({
      preload: '/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      devTools: false,
    })
    expect(window.loadURL).toHaveBeenCalledWith(pageUrl)
  })

  it('loads the page again after a crash, but not for ever, and never for nothing', async () => {
    const log: string[] = []
    const window = openWindow('', (line) => log.push(line)) as unknown as FakeElectron['windows'][number]
    const crash = (reason: string) => window.webContents.emit('render-process-gone', {}, { reason, exitCode: 1 })
    crash('clean-exit')
    expect(window.reload).not.toHaveBeenCalled()
    crash('crashed')
    crash('killed')
    expect(window.reload).toHaveBeenCalledTimes(2)
    dialog.showMessageBox.mockResolvedValueOnce({ response: 1 })
    crash('oom')
    await settled()
    expect(window.reload).toHaveBeenCalledTimes(2)
    expect(dialog.showMessageBox.mock.calls[0].at(-1)).toMatchObject({ message: expect.stringContaining('memory') })
    expect(app.quit).toHaveBeenCalled()
    expect(log).toHaveLength(3)
  })
})

it('asks what to do when the page hangs, and loads it again when told to', async () => {
  const window = openWindow('', () => {}) as unknown as FakeElectron['windows'][number]
  dialog.showMessageBox.mockResolvedValueOnce({ response: 1 })
  window.emit('unresponsive')
  window.emit('unresponsive')
  await settled()
  expect(dialog.showMessageBox).toHaveBeenCalledTimes(1)
  expect(window.webContents.forcefullyCrashRenderer).toHaveBeenCalledTimes(1)
  const answer = new Promise<{ response: number }>(() => {})
  dialog.showMessageBox.mockReturnValueOnce(answer)
  window.emit('unresponsive')
  const { signal } = dialog.showMessageBox.mock.calls.at(-1)!.at(-1) as unknown as { signal: AbortSignal }
  window.emit('responsive')
  expect(signal.aborted).toBe(true)
})

describe('the place of the window', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'handful-window-'))
    app.getPath.mockReturnValue(folder)
  })
  afterEach(() => {
    app.getPath.mockReturnValue('/nowhere')
    return rm(folder, { recursive: true })
  })
  const open = () => openWindow('', () => {}) as unknown as FakeElectron['windows'][number]
  const size = ({ options: { x, y, width, height } }: FakeElectron['windows'][number]) => [x, y, width, height]

  it('is as it was left, also when it filled the screen', () => {
    const first = open()
    expect(size(first)).toEqual([undefined, undefined, 1440, 900])
    first.maximize()
    first.emit('close')
    const second = open()
    expect(size(second)).toEqual([10, 20, 1000, 700])
    expect(second.maximize).toHaveBeenCalled()
  })

  it('is the first one again where it would not be seen, or what was written is damaged', async () => {
    open().emit('close')
    electron.screen.getAllDisplays.mockReturnValueOnce([{ workArea: { x: 3000, y: 0, width: 1920, height: 1080 } }])
    expect(size(open())).toEqual([undefined, undefined, 1440, 900])
    for (const text of ['{', '{"x":1}', '{"x":0,"y":0,"width":-5,"height":"9","maximized":0}']) {
      await writeFile(join(folder, 'window.json'), text)
      expect(size(open()), text).toEqual([undefined, undefined, 1440, 900])
    }
  })
})

describe('the hidden window with the GPU', () => {
  const own = () =>
    electron.session.fromPartition.mock.results.at(-1)!.value as FakeElectron['session']['defaultSession']

  it('is isolated like the other, has one port, and is not taken for a window of the app', async () => {
    const { port, close } = await openGpuWindow(() => {})
    const [window] = windows
    expect(window.options).toMatchObject({ show: false, skipTaskbar: true })
    const { preload, session: own, ...preferences } = window.options.webPreferences
    expect(String(preload)).toMatch(/preload.gpu\.cjs$/)
    expect(own).not.toBe(session)
    expect(preferences).toEqual({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      backgroundThrottling: false,
      devTools: false,
    })
    expect(window.loadURL).toHaveBeenCalledWith('app://handful/gpu.html')
    const [channel, message, ports] = window.webContents.postMessage.mock.calls[0] as [string, unknown, unknown[]]
    expect([channel, message, ports.length]).toEqual(['handful:gpu', null, 1])
    expect(ports[0]).not.toBe(port)
    expect(shownWindows()).toEqual([])
    close()
    close()
    expect(window.destroy).toHaveBeenCalledTimes(1)
  })

  it('has a session in memory in which there is no permission, no network and no scan', async () => {
    vi.resetModules()
    const fresh = await import('./gpu-window.ts')
    await fresh.openGpuWindow(() => {})
    expect(electron.session.fromPartition).toHaveBeenCalledWith('gpu', { cache: false })
    expect(own().permissionCheck!()).toBe(false)
    const decide = vi.fn()
    own().permissionRequest!({}, 'media', decide)
    expect(decide).toHaveBeenCalledWith(false)
    own().beforeRequest!({ url: 'https://evil.example/' }, ({ cancel }) => expect(cancel).toBe(true))
    const handle = own().protocol.handle.mock.calls[0][1] as (request: Request) => Promise<Response>
    for (const path of ['volume/one', 'labels/one/none', 'thumbnail/one'])
      expect((await handle(new Request(pageUrl + path))).status, path).toBe(404)
    const put = { method: 'PUT', body: new Uint8Array(4), headers: { 'content-type': 'application/octet-stream' } }
    expect((await handle(new Request(`${pageUrl}labels/one/none`, put))).status).toBe(404)
  })

  it('is closed when its page crashes', async () => {
    const log: string[] = []
    await openGpuWindow((line) => log.push(line))
    const [window] = windows
    window.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 })
    expect(window.destroy).toHaveBeenCalledTimes(1)
    expect(log).toHaveLength(1)
  })
})

describe('a page', () => {
  let contents: FakeContents
  beforeEach(() => {
    lockContents()
    openWindow('', () => {})
    contents = windows[0].webContents
  })

  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect'])('does not leave (%s)', (name) => {
    for (const url of ['https://evil.example/', 'file:///etc/passwd', 'data:text/html,x', 'app://other/']) {
      const event = happening({ url })
      contents.emit(name, event)
      expect(event.preventDefault, url).toHaveBeenCalled()
    }
    const home = happening({ url: pageUrl })
    contents.emit(name, home)
    expect(home.preventDefault).not.toHaveBeenCalled()
  })

  it('opens no window, not even its own', () => {
    for (const url of [pageUrl, 'https://evil.example/'])
      expect(contents.openHandler({ url })).toEqual({ action: 'deny' })
  })

  it('embeds nothing', () => {
    const event = happening()
    contents.emit('will-attach-webview', event)
    expect(event.preventDefault).toHaveBeenCalled()
  })

  it('gets no permission, no device, no download, and loads nothing from elsewhere', () => {
    lockSession(session as never)
    const decide = vi.fn()
    for (const name of ['media', 'geolocation', 'notifications', 'openExternal'])
      session.permissionRequest!({}, name, decide)
    expect(decide.mock.calls).toEqual([[false], [false], [false], [false]])
    expect(session.permissionCheck!()).toBe(false)
    expect(session.deviceCheck!()).toBe(false)
    const download = happening()
    session.emit('will-download', download)
    expect(download.preventDefault).toHaveBeenCalled()
    const cancelled = (url: string) => {
      let outcome = false
      session.beforeRequest!({ url }, ({ cancel }) => (outcome = cancel))
      return outcome
    }
    for (const url of [
      'http://127.0.0.1/',
      'https://evil.example/',
      'ws://x/',
      'wss://x/',
      'file:///etc/passwd',
      'ftp://x/',
    ]) {
      expect(cancelled(url), url).toBe(true)
    }
    for (const url of [pageUrl, 'blob:app://handful/1', 'data:image/png;base64,'])
      expect(cancelled(url), url).toBe(false)
  })
})

describe('a message', () => {
  const frame = (url: string) => ({ url })
  const check = (sender: object, senderFrame: object | null) => trusts({ sender, senderFrame } as never)

  it('counts only from the top frame of our page, in a window that is shown', async () => {
    openWindow('', () => {})
    const sender = windows[0].webContents
    const ours = sender.mainFrame
    expect(check(sender, ours)).toBe(true)
    expect(check(sender, frame(pageUrl))).toBe(false)
    expect(check(sender, null)).toBe(false)
    expect(check({ mainFrame: ours }, ours)).toBe(false)
    sender.mainFrame = frame('https://evil.example/')
    expect(check(sender, sender.mainFrame)).toBe(false)
    await openGpuWindow(() => {})
    const hidden = windows[1].webContents
    expect(check(hidden, hidden.mainFrame)).toBe(false)
  })
})

describe('app://', () => {
  let folder: string
  let log: string[]
  let get: (path: string, init?: RequestInit) => Promise<Response>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'handful-shell-'))
    await writeFile(join(folder, 'index.html'), '<!doctype html>')
    await writeFile(join(folder, 'volume'), Buffer.from([0, 1, 2, 3, 4, 5]))
  })
  afterAll(() => rm(folder, { recursive: true }))
  beforeEach(() => {
    log = []
    const files = async (path: string) => {
      if (path === '/volume/broken') throw new Error('a mistake')
      return path === '/volume/one' ? { path: join(folder, 'volume'), contentType: 'application/octet-stream' } : null
    }
    const upload = async (path: string, read: (bytes: number) => Promise<Uint8Array>) =>
      path === '/labels/one/none' ? { sum: (await read(4)).reduce((a, b) => a + b) } : null
    serveScheme(electron.protocol as never, folder, { files, upload }, (line) => log.push(line))
    const handle = electron.protocol.handle.mock.calls[0][1] as (request: Request) => Promise<Response>
    get = (url, init) => handle(new Request(url, init))
  })

  it('serves the page under the policy', async () => {
    const response = await get(pageUrl)
    expect(await response.text()).toBe('<!doctype html>')
    expect(response.headers.get('content-security-policy')).toContain("object-src 'none'")
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('takes label maps of exactly the right size', async () => {
    const put = (path: string, body: Uint8Array<ArrayBuffer>, type = 'application/octet-stream') =>
      get(`${pageUrl}${path}`, { method: 'PUT', body, headers: { 'content-type': type } })
    expect(await (await put('labels/one/none', Uint8Array.of(1, 2, 3, 4))).json()).toEqual({ sum: 10 })
    expect((await put('labels/one/none', Uint8Array.of(1, 2, 3))).status).toBe(409)
    expect((await put('labels/one/none', new Uint8Array(5))).status).toBe(409)
    expect((await put('labels/one/none', new Uint8Array(4), 'text/plain')).status).toBe(415)
    expect((await put('elsewhere', new Uint8Array(4))).status).toBe(404)
  })

  it('serves volumes by id, whole and in part', async () => {
    expect([...(await (await get('app://handful/volume/one')).bytes())]).toEqual([0, 1, 2, 3, 4, 5])
    const part = await get('app://handful/volume/one', { headers: { range: 'bytes=2-3' } })
    expect([part.status, ...(await part.bytes())]).toEqual([206, 2, 3])
    const etag = part.headers.get('etag')!
    expect((await get('app://handful/volume/one', { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  it.each(['app://other/', 'app://handful/..%2fsecret', 'app://handful/volume/two', 'app://handful/%5c..%5cx'])(
    'has nothing at %s',
    async (url) => expect((await get(url)).status).toBeGreaterThanOrEqual(400),
  )

  it('is only read, and hides its mistakes', async () => {
    expect((await get(pageUrl, { method: 'POST' })).status).toBe(405)
    const broken = await get('app://handful/volume/broken')
    expect([broken.status, await broken.text()]).toEqual([500, 'Handful made a mistake. The details are in its log.'])
    expect(log.join()).toContain('a mistake')
  })
})

describe('a worker process', () => {
  const start = (openGpu: () => Promise<GpuWindow> = () => Promise.reject(new Error('No window.'))) => {
    const handle = utilitySpawner(openGpu)('/worker.js', ['run'])
    const child = electron.utilityProcess.fork.mock.results[0].value as InstanceType<FakeElectron['FakeChild']>
    return { handle, child }
  }

  it('speaks and ends like a forked one', () => {
    const { handle, child } = start()
    const heard: unknown[] = []
    handle.onMessage((message) => heard.push(message))
    handle.onErrorOutput((text) => heard.push(text))
    handle.onExit((code, signal) => heard.push([code, signal]))
    handle.send({ type: 'cancel' })
    child.emit('message', { type: 'done' })
    child.stderr.emit('data', Buffer.from('oops'))
    child.emit('error', 'FatalError', 'v8: heap out of memory', '{}')
    child.emit('exit', 1)
    expect(child.postMessage).toHaveBeenCalledWith({ type: 'cancel' })
    expect(heard).toEqual([{ type: 'done' }, 'oops', 'FatalError: v8: heap out of memory\n', [1, null]])
    handle.send({ type: 'cancel' })
    handle.kill()
    expect(child.postMessage).toHaveBeenCalledTimes(1)
    expect(child.kill).not.toHaveBeenCalled()
  })

  it('gets a window with the GPU when it wishes, which ends with it', async () => {
    const opened = { port: { name: 'port' }, close: vi.fn() }
    const { handle, child } = start(async () => opened as never)
    const heard: unknown[] = []
    handle.onMessage((message) => heard.push(message))
    child.emit('message', { type: gpuWish })
    await settled()
    expect(child.postMessage).toHaveBeenCalledWith({ type: gpuWish }, [opened.port])
    expect(heard).toEqual([])
    child.emit('exit', 0)
    expect(opened.close).toHaveBeenCalledTimes(1)
  })

  it('is told why where there is no window with the GPU', async () => {
    const { child } = start()
    child.emit('message', { type: gpuWish })
    await settled()
    expect(child.postMessage).toHaveBeenCalledWith({ type: gpuWish, problem: 'No window.' })
  })

  it.runIf(process.platform !== 'win32')('is ended at once, not asked', () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    start().handle.kill()
    expect(kill).toHaveBeenCalledWith(4242, 'SIGKILL')
    kill.mockRestore()
  })
})

it('the machine stays awake exactly while a training runs', () => {
  let hear = (_: { state: string }) => {}
  stayAwakeWhileTraining(((_: string, listener: typeof hear) => (hear = listener)) as never)
  const { start, stop } = electron.powerSaveBlocker
  hear({ state: 'running' })
  hear({ state: 'running' })
  expect([start.mock.calls.length, stop.mock.calls.length]).toEqual([1, 0])
  hear({ state: 'done' })
  hear({ state: 'done' })
  expect([start.mock.calls.length, stop.mock.calls]).toEqual([1, [[7]]])
})

describe('the life of the app', () => {
  const argv = process.argv
  beforeEach(() => void (process.argv = argv))

  it('a second start hands over to the first and ends', async () => {
    app.requestSingleInstanceLock.mockReturnValueOnce(false)
    await runShell()
    expect(app.quit).toHaveBeenCalled()
    expect(created).not.toHaveBeenCalled()
    expect(windows).toHaveLength(0)
  })

  it('sandbox, scheme and locks come before Electron is ready', async () => {
    let early: unknown[] = []
    app.whenReady.mockImplementationOnce(async () => {
      early = [
        app.enableSandbox.mock.calls.length,
        electron.protocol.registerSchemesAsPrivileged.mock.calls.length,
        app.listenerCount('web-contents-created'),
        app.commandLine.appendSwitch.mock.calls[0],
      ]
    })
    await runShell()
    expect(early).toEqual([1, 1, 1, ['enable-dawn-features', 'disable_workgroup_init']])
    expect(created).toHaveBeenCalledWith(expect.objectContaining({ mode: 'desktop', spawn: expect.any(Function) }))
    expect(windows).toHaveLength(1)
  })

  it('answers our page, and refuses a foreign one', async () => {
    await runShell()
    const [channel, handler] = electron.ipcMain.handle.mock.calls[0] as [string, (...args: unknown[]) => unknown]
    expect(channel).toBe(requestChannel)
    const sender = windows[0].webContents
    const ask = () => handler({ sender, senderFrame: sender.mainFrame }, 'project.current')
    expect(await ask()).toEqual({ ok: true, value: null })
    sender.mainFrame = { url: 'https://evil.example/' }
    expect(await ask()).toMatchObject({ ok: false, error: { kind: 'refused' } })
    expect(services.handlers['project.current']).toHaveBeenCalledTimes(1)
  })

  it('events go to windows that show our page only', async () => {
    await runShell()
    openWindow('', () => {})
    windows[1].webContents.url = 'https://evil.example/'
    const [, listener] = services.on.mock.calls.find(([name]) => name === 'cases.changed') as [
      string,
      (p: unknown) => void,
    ]
    listener({})
    expect(windows.map((window) => window.webContents.sent)).toEqual([[['handful:event', 'cases.changed', {}]], []])
  })

  it('a second start brings the window to the front and opens its project', async () => {
    await runShell()
    app.emit('second-instance', {}, ['handful', '--project', '/data/b'])
    expect(windows[0].focus).toHaveBeenCalled()
    expect(services.handlers['project.open']).toHaveBeenCalledWith({ folder: '/data/b' })
  })

  it('opens the project whose file was opened: by the command line, a second start, or macOS', async () => {
    const opens = () => services.handlers['project.open'].mock.calls.map(([input]) => input)
    process.argv = ['handful', '/data/a/project.handful']
    await runShell()
    app.emit('second-instance', {}, ['handful', '--flag', '/data/b/project.handful'])
    const event = happening()
    app.emit('open-file', event, '/data/c/project.handful')
    app.emit('open-file', happening(), '/etc/passwd')
    expect(event.preventDefault).toHaveBeenCalled()
    expect(opens()).toEqual([{ folder: '/data/a' }, { folder: '/data/b' }, { folder: '/data/c' }])
  })

  it('remembers a file that macOS opens before the app is ready', async () => {
    app.whenReady.mockImplementationOnce(async () => void app.emit('open-file', happening(), '/data/d/project.handful'))
    await runShell()
    expect(services.handlers['project.open'].mock.calls).toEqual([[{ folder: '/data/d' }]])
  })

  it('a project that can not be opened is told in words', async () => {
    process.argv = ['electron', '.', '--project', '/data/b']
    services.handlers['project.open'].mockImplementationOnce(() => {
      throw new ApiError('refused', 'This folder holds no project.')
    })
    await runShell()
    expect(dialog.showErrorBox).toHaveBeenCalledWith(expect.any(String), 'This folder holds no project.')
    expect(windows).toHaveLength(1)
  })

  it('the folder dialog gives a folder, or null', async () => {
    await runShell()
    const { pickFolder } = created.mock.calls[0][0] as { pickFolder(title: string): Promise<string | null> }
    expect(await pickFolder('Choose')).toBe('/scans')
    dialog.showOpenDialog.mockResolvedValueOnce({ canceled: true, filePaths: [] })
    expect(await pickFolder('Choose')).toBeNull()
  })

  it('shows the page’s menu, and tells the page which command was chosen', async () => {
    const { setApplicationMenu } = electron.Menu
    await runShell()
    type Item = { id?: string; role?: string; label: string; enabled?: boolean; click?: () => void }
    const shown = () => setApplicationMenu.mock.calls.at(-1)![0] as { label: string; submenu: Item[] }[]
    const { showMenu } = created.mock.calls[0][0] as { showMenu(menus: readonly Menu[]): void }
    const undo = { kind: 'command' as const, id: 'undo', label: '撤销：画笔', key: 'CmdOrCtrl+Z', enabled: true }
    showMenu([{ label: '编辑', items: [undo, { kind: 'line' }, { kind: 'role', role: 'copy', label: '复制' }] }])
    const edit = shown().find(({ label }) => label === '编辑')!
    expect(edit.submenu).toMatchObject([
      // Shown beside it; the page handles the key itself, and a text field keeps its own undo.
      { id: 'undo', label: '撤销：画笔', enabled: true, accelerator: 'CmdOrCtrl+Z', registerAccelerator: false },
      { type: 'separator' },
      { role: 'copy', label: '复制' },
    ])
    edit.submenu[0].click!()
    expect(windows[0].webContents.sent).toEqual([[eventChannel, 'menu.chosen', { id: 'undo' }]])
    const roles = shown().flatMap(({ submenu }) => submenu.map(({ role }) => role))
    expect(roles).not.toContain('toggleDevTools')
    expect(roles).not.toContain('reload')
  })

  it('quits only after everything is closed, and then once', async () => {
    await runShell()
    let finish = () => {}
    services.close.mockImplementationOnce(() => new Promise<void>((resolve) => (finish = resolve)))
    await openGpuWindow(() => {})
    windows[0].destroy()
    expect(app.quit).toHaveBeenCalledTimes(1)
    const [first, second, last] = [happening(), happening(), happening()]
    app.emit('before-quit', first)
    app.emit('before-quit', second)
    expect(first.preventDefault).toHaveBeenCalled()
    expect(second.preventDefault).toHaveBeenCalled()
    expect(services.close).toHaveBeenCalledTimes(1)
    finish()
    await settled()
    expect(app.quit).toHaveBeenCalledTimes(2)
    app.emit('before-quit', last)
    expect(last.preventDefault).not.toHaveBeenCalled()
  })
})
