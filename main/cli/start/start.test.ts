import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { browserCommand, hasDisplay } from './display.ts'
import { findElectron } from './electron.ts'
import { readOptions } from './options.ts'
import { buildState, hashSources, markBuilt } from './sources.ts'

let root: string
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'handful-start-'))))
afterEach(() => rmSync(root, { recursive: true }))

function write(path: string, text: string) {
  mkdirSync(resolve(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
}

describe('options', () => {
  it('are as documented', () => {
    expect(readOptions([])).toEqual({
      help: false,
      project: undefined,
      workstation: false,
      port: undefined,
      open: true,
    })
    expect(readOptions(['--project', 'study', '--no-open', '--workstation'], '/data')).toEqual({
      help: false,
      project: resolve('/data/study'),
      workstation: true,
      port: undefined,
      open: false,
    })
    expect(readOptions(['--port', '0'])).toMatchObject({ port: 0, workstation: true })
  })
  it.each([[['--port', 'x']], [['--port', '70000']], [['--colour']], [['folder']], [['--project']]])(
    '%j is refused',
    (args) => expect(() => readOptions(args)).toThrow(),
  )
})

describe('a display', () => {
  it('is needed on Linux only', () => {
    expect(hasDisplay('linux', {})).toBe(false)
    expect(hasDisplay('linux', { DISPLAY: ':0' })).toBe(true)
    expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true)
    expect([hasDisplay('darwin', {}), hasDisplay('win32', {})]).toEqual([true, true])
  })
  it('has its way to open a browser', () => {
    expect(browserCommand('http://x/#a', 'linux', {})).toBeNull()
    expect(browserCommand('http://x/#a', 'linux', { DISPLAY: ':0' })).toEqual(['xdg-open', 'http://x/#a'])
    expect(browserCommand('http://x/#a', 'darwin', {})).toEqual(['open', 'http://x/#a'])
    expect(browserCommand('http://x/#a', 'win32', {})!.at(-1)).toBe('http://x/#a')
  })
})

describe('the state of the build', () => {
  const build = () => {
    for (const file of ['out/main/index.js', 'out/preload/index.cjs', 'out/renderer/index.html']) write(file, '')
    markBuilt(root, hashSources(root))
  }
  beforeEach(() => {
    write('main/a.ts', 'a')
    write('renderer/b/c.vue', 'c')
    write('package-lock.json', '{}')
  })

  it('is missing, fresh, old', () => {
    expect(buildState(root)).toBe('missing')
    build()
    expect(buildState(root)).toBe('fresh')
    write('renderer/b/c.vue', 'd')
    expect(buildState(root)).toBe('old')
    write('renderer/b/c.vue', 'c')
    expect(buildState(root)).toBe('fresh')
    write('renderer/new.ts', '')
    expect(buildState(root)).toBe('old')
    build()
    write('package-lock.json', '{ }')
    expect(buildState(root)).toBe('old')
  })
  it('does not depend on tests', () => {
    build()
    write('main/a.test.ts', 'test')
    expect(buildState(root)).toBe('fresh')
  })
  it('is missing when a part is', () => {
    build()
    rmSync(join(root, 'out/renderer'), { recursive: true })
    expect(buildState(root)).toBe('missing')
  })
})

describe('Electron', () => {
  const here = { display: true, linuxRoot: false }
  const said: string[] = []
  const find = (machine = here, patience = 300) => findElectron(root, (line) => said.push(line), machine, patience)
  let server: Server
  let reply: number | 'never'

  beforeEach(async () => {
    said.length = 0
    server = createServer((_, response) => {
      if (reply !== 'never') response.writeHead(reply).end()
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    vi.stubEnv('npm_config_electron_mirror', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', undefined)
    for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY']) vi.stubEnv(name, undefined)
    write('node_modules/electron/package.json', '{ "version": "1.2.3" }')
    // As its own installer does: unpacks, then notes the program's name.
    write(
      'node_modules/electron/install.js',
      `const fs = require('fs'), at = __dirname
       fs.mkdirSync(at + '/dist'); fs.writeFileSync(at + '/dist/electron', ''); fs.writeFileSync(at + '/path.txt', 'electron')`,
    )
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    server.closeAllConnections()
    server.close()
  })

  it('is fetched once where its source answers', async () => {
    reply = 200
    const path = join(root, 'node_modules/electron/dist/electron')
    expect(await find()).toEqual({ path })
    expect(said).toHaveLength(1)
    expect(await find()).toEqual({ path })
    expect(said).toHaveLength(1)
  })

  it('does not delay the start where its source is silent, gone or refuses', async () => {
    for (const answer of ['never', 404, 403] as const) {
      reply = answer
      const start = performance.now()
      expect(await find()).toEqual({ missing: expect.stringContaining('could not be fetched') })
      expect(performance.now() - start).toBeLessThan(4000)
    }
    server.close()
    server.closeAllConnections()
    expect(await find()).toEqual({ missing: expect.stringContaining('could not be fetched') })
    expect(said).toEqual([])
  })

  it('an installer that fails is no error', async () => {
    reply = 200
    write('node_modules/electron/install.js', 'process.exit(3)')
    expect(await find()).toEqual({ missing: 'Electron could not be installed (code 3)' })
  })

  it('is not tried where it can not run', async () => {
    reply = 200
    expect(await find({ ...here, display: false })).toEqual({ missing: expect.stringContaining('no display') })
    expect(await find({ ...here, linuxRoot: true })).toEqual({ missing: expect.stringContaining('root') })
    rmSync(join(root, 'node_modules'), { recursive: true })
    expect(await find()).toEqual({ missing: expect.stringContaining('not installed') })
    expect(said).toEqual([])
  })
})
