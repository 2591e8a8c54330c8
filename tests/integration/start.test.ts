/** `npm start` as a user runs it, in workstation mode, from the start to Ctrl+C. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt } from '../../main/cli/start/build.ts'
import { createServices } from '../../main/services/index.ts'

let home: string
beforeAll(async () => {
  ensureBuilt('.', () => {})
  home = await mkdtemp(join(tmpdir(), 'handful-start-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

function start(...args: string[]) {
  const env = { ...process.env, HANDFUL_HOME: home, DISPLAY: '', WAYLAND_DISPLAY: '' }
  const child = spawn(process.execPath, ['main/cli/start.ts', ...args], { env })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  return {
    ended,
    interrupt: () => child.kill('SIGINT'),
    output: () => output,
    address: () => expect.poll(() => /http:\S+/.exec(output)?.[0], { timeout: 20_000 }).toBeTruthy(),
  }
}

/** The page's first steps, without a browser. */
async function ask(url: string, name: string): Promise<unknown> {
  const { origin, hash } = new URL(url)
  const send = (path: string, body: unknown, cookie = '') =>
    fetch(origin + path, {
      method: 'POST',
      headers: { origin, cookie, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const session = await send('/session', { token: hash.replace('#token=', '') })
  return (await send(`/api/${name}`, {}, session.headers.get('set-cookie')!)).json()
}

describe('npm start', () => {
  it('says why there is no window, prints the address, answers there, and ends at Ctrl+C', async () => {
    const run = start('--no-open', '--port', '0')
    await run.address()
    const url = /http:\S+/.exec(run.output())![0]
    expect(await (await fetch(url)).text()).toContain('<title>Handful</title>')
    expect(await ask(url, 'app.info')).toMatchObject({ ok: true, value: { mode: 'workstation', demoAvailable: true } })
    run.interrupt()
    expect(await run.ended).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
  })

  it('without a display, the reason is one line', async () => {
    const run = start('--no-open')
    await run.address()
    expect(run.output()).toMatch(/^Handful opens as a page in a browser, .*: there is no display here\.$/m)
    run.interrupt()
    expect(await run.ended).toBe(0)
  })

  it('opens a project, and says in words when it can not', async () => {
    const services = createServices({ homeFolder: home })
    const { folder } = await services.handlers['project.demo'](undefined)
    await services.close()
    const run = start('--no-open', '--port', '0', '--project', folder)
    await run.address()
    const url = /http:\S+/.exec(run.output())![0]
    expect(await ask(url, 'project.current')).toMatchObject({ ok: true, value: { folder } })
    run.interrupt()
    expect(await run.ended).toBe(0)

    const none = start('--no-open', '--port', '0', '--project', join(home, 'none'))
    expect(await none.ended).toBe(1)
    expect(none.output()).not.toMatch(/^\s+at /m)
    expect(none.output().trim()).toMatch(/\.$/)
  })
})
