/** The server from outside: raw HTTP as a browser, or an attacker, would send it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Handlers } from '../../shared/api/contract.ts'
import { startServer, type RunningServer } from './index.ts'
import { usualPort } from './listen.ts'

let folder: string
let server: RunningServer
let cookie: string
let asked = 0
const handlers = { 'project.current': () => (asked++, null) } as unknown as Handlers
const services = { handlers, on: () => () => {}, files: async () => null, upload: async () => null }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handful-server-'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Handful</title>')
  server = await startServer({ services, page: folder, port: 0 })
  const session = await send('POST', '/session', own(), JSON.stringify({ token: server.token }))
  cookie = session.headers['set-cookie']![0].split(';')[0]
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})
beforeEach(() => void (asked = 0))

/** Headers of a message of our own page. */
const own = (more: object = {}) => ({ origin: server.origin, 'content-type': 'application/json', ...more })

function send(method: string, path: string, headers: object, body?: string) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const sent = request(
      { port: server.port, host: '127.0.0.1', method, path, headers: { ...headers } },
      async (response) =>
        resolve({ status: response.statusCode!, headers: response.headers, body: await text(response) }),
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
const ask = (headers: object, body = '{}') => send('POST', '/api/project.current', headers, body)

describe('the address', () => {
  it('holds the token where browsers do not send it', () => {
    expect(server.url).toBe(`${server.origin}/#token=${server.token}`)
    expect(server.token).toMatch(/^[\w-]{32}$/)
  })
  it('serves the page to anyone on this machine, with the policy', async () => {
    const page = await send('GET', '/', {})
    expect(page.status).toBe(200)
    expect(page.headers['content-security-policy']).toContain("default-src 'self'")
  })
})

describe('requests', () => {
  it('are answered for our own page with the key', async () => {
    const reply = await ask(own({ cookie }))
    expect([reply.status, JSON.parse(reply.body), asked]).toEqual([200, { ok: true, value: null }, 1])
    expect((await send('GET', '/session', { cookie })).status).toBe(204)
  })

  it.each([
    ['without the key', () => own(), 401],
    ['with a wrong key', () => own({ cookie: cookie.slice(0, -1) }), 401],
    ['with the token as key', () => own({ cookie: `${cookie.split('=')[0]}=${server.token}` }), 401],
    ['without an origin', () => ({ cookie, 'content-type': 'application/json' }), 403],
    ['of a foreign page', () => own({ cookie, origin: 'http://evil.example' }), 403],
    ['of another port', () => own({ cookie, origin: 'http://127.0.0.1:1' }), 403],
    [
      'to a foreign name (DNS rebinding)',
      () => own({ cookie, host: 'evil.example', origin: 'http://evil.example' }),
      403,
    ],
    ['from a frame elsewhere', () => own({ cookie, 'sec-fetch-site': 'same-site' }), 403],
    ['as a form sends it', () => own({ cookie, 'content-type': 'text/plain' }), 415],
  ])('%s are refused', async (_, headers, status) => {
    expect((await ask(headers())).status).toBe(status)
    expect(asked).toBe(0)
  })

  it('must be POST, JSON, and small', async () => {
    expect((await send('GET', '/api/project.current', { cookie })).status).toBe(405)
    expect((await ask(own({ cookie }), 'not json')).status).toBe(400)
    expect((await ask(own({ cookie }), 'null')).status).toBe(200)
    const large = JSON.stringify({ input: 'x'.repeat(2 << 20) })
    expect(
      (await ask(own({ cookie, 'content-length': large.length }), large).catch(() => ({ status: 413 }))).status,
    ).toBe(413)
    const chunked = await ask(own({ cookie, 'transfer-encoding': 'chunked' }), large).catch(() => ({ status: 413 }))
    expect(chunked.status).toBe(413)
    expect(asked).toBe(1)
  })

  it('survive nonsense', async () => {
    for (const nonsense of [
      'GET http://evil.example/ HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
      'GET * HTTP/1.1\r\n\r\n',
      '\0\0\0\r\n\r\n',
    ]) {
      const reply = await new Promise<string>((resolve) => {
        const socket = connect(server.port, '127.0.0.1', () => socket.end(nonsense))
        void text(socket).then(resolve, () => resolve(''))
      })
      expect(reply).not.toMatch(/^HTTP\/1.1 2/)
    }
    expect((await send('GET', '/session?'.padEnd(9000, 'x'), { cookie })).status).toBe(204)
  })

  it('for volumes, label maps and thumbnails need the key too', async () => {
    for (const path of ['/volume/one', '/labels/one', '/thumbnail/one.png']) {
      expect((await send('GET', path, {})).status).toBe(401)
      expect((await send('GET', path, { cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
      expect((await send('GET', path, { cookie })).status).toBe(404)
    }
  })
})

describe('events', () => {
  const open = (headers: Record<string, string>, path = '/events') =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers })
      socket.on('message', (data) => {
        resolve(String(data))
        socket.terminate()
      })
      socket.on('error', (error) => resolve(error.message))
    })

  it('greet our own page with the key, and nobody else', async () => {
    expect(await open({ cookie, origin: server.origin })).toContain('"hello"')
    expect(await open({ origin: server.origin })).toContain('401')
    expect(await open({ cookie })).toContain('403')
    expect(await open({ cookie, origin: 'http://evil.example' })).toContain('403')
    expect(await open({ cookie, host: 'evil.example', origin: 'http://evil.example' })).toContain('403')
    expect(await open({ cookie, origin: server.origin }, '/other')).toContain('404')
  })

  it('end the connection of one who sends much', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/events`, { headers: { cookie, origin: server.origin } })
    const code = new Promise((resolve) => socket.on('close', resolve))
    socket.on('open', () => socket.send('x'.repeat(5000)))
    expect(await code).toBe(1009)
  })
})

describe('the port', () => {
  it('is another one when the usual one is taken, and an error in words when the wanted one is', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.once('error', () => resolve()).listen(usualPort, '127.0.0.1', resolve))
    const other = await startServer({ services, page: folder })
    expect(other.port).not.toBe(usualPort)
    await expect(startServer({ services, page: folder, port: other.port })).rejects.toThrow(/already in use/)
    await other.close()
    taken.close()
  })
  it('is on loopback only', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.0.1', 'example.com']) {
      await expect(startServer({ services, page: folder, port: 0, host })).rejects.toThrow(/this machine only/)
    }
  })
})

describe('label maps that are sent', () => {
  const put = (headers: object, path = '/labels/case-1/none') => send('PUT', path, headers, 'abc')
  const bytes = { 'content-type': 'application/octet-stream' }
  it('are taken from our own page with the key only', async () => {
    // 404: let in, and the program of this test knows no such case.
    expect((await put({ ...own(bytes), cookie })).status).toBe(404)
    expect((await put(own(bytes))).status).toBe(401)
    expect((await put({ ...bytes, cookie })).status).toBe(403)
    expect((await put({ ...own(bytes), origin: 'http://127.0.0.1:1', cookie })).status).toBe(403)
    expect((await put({ ...own(), cookie })).status).toBe(415)
    expect((await put({ ...own(bytes), cookie }, '/index.html')).status).toBe(405)
  })
})
