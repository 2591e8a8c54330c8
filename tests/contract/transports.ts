/** The three ways from a page to the program, opened over a given program. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { startServer } from '../../main/server/index.ts'
import { eventChannel, requestChannel, type Bridge } from '../../shared/api/bridge.ts'
import type { Api } from '../../shared/api/contract.ts'
import type { Log } from '../../shared/api/dispatch.ts'
import { connectHttp } from '../../shared/api/http.ts'
import { createIpcApi, serveIpc, type IpcMain } from '../../shared/api/ipc.ts'
import { createMemoryApi, type Program } from '../../shared/api/memory.ts'

export interface Connection {
  api: Api
  close(): Promise<void> | void
}

export const transports: Record<string, (program: Program, log: Log) => Connection | Promise<Connection>> = {
  memory(program, log) {
    const api = createMemoryApi(program, log)
    return { api, close: api.close }
  },
  ipc: openIpc,
  async http(program, log) {
    const page = await mkdtemp(join(tmpdir(), 'handful-page-'))
    const server = await startServer({ services: { ...program, files: noFiles, upload: noFiles }, page, port: 0, log })
    const browser = fakeBrowser(server.origin)
    const api = await connectHttp({ origin: server.origin, token: server.token, ...browser })
    return {
      api,
      async close() {
        api.close()
        await server.close()
        await rm(page, { recursive: true })
      },
    }
  },
}

export const noFiles = async () => null

/** A pair that behaves like Electron's: each message is structured-cloned, and arrives later. */
function openIpc(program: Program, log: Log): Connection {
  const handlers = new Map<string, (event: object, ...args: unknown[]) => unknown>()
  const listeners = new Set<(name: string, payload: unknown) => void>()
  const later = () => new Promise((resolve) => setImmediate(resolve))
  const ipcMain: IpcMain<object> = {
    handle: (channel, handler) => void handlers.set(channel, handler),
    removeHandler: (channel) => void handlers.delete(channel),
  }
  const bridge: Bridge = {
    pathOf: () => '',
    async invoke(name, input) {
      const args = structuredClone([name, input])
      await later()
      const handler = handlers.get(requestChannel)
      if (!handler) throw new Error(`No handler registered for '${requestChannel}'`)
      return structuredClone(await handler({}, ...args))
    },
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const stop = serveIpc({
    program,
    ipcMain,
    log,
    trusts: () => true,
    broadcast(channel, name, payload) {
      const copy: unknown = structuredClone(payload)
      if (channel === eventChannel) setImmediate(() => listeners.forEach((listener) => listener(name, copy)))
    },
  })
  const api = createIpcApi(bridge)
  return {
    api,
    close() {
      api.close()
      stop()
    },
  }
}

/** What a browser adds to requests of a page of `origin`: its Origin, and cookies that only it keeps. */
export function fakeBrowser(origin: string) {
  let cookie = ''
  const sockets = new Set<WebSocket>()
  return {
    async fetch(...[url, init]: Parameters<typeof fetch>): Promise<Response> {
      const response = await fetch(url, { ...init, headers: { ...(init?.headers as object), origin, cookie } })
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
      return response
    },
    openSocket(url: string): WebSocket {
      const socket = new WebSocket(url, { headers: { origin, cookie } })
      sockets.add(socket)
      return socket
    },
    /** Breaks the connection as a sleeping laptop does. */
    breakSockets: () => sockets.forEach((socket) => socket.terminate()),
  }
}
