/**
 * Workstation mode: the app for a browser, over HTTP and one WebSocket, on loopback. Serves the built page, the contract's
 * requests (/api), events (/events), volumes, label maps and thumbnails. access.ts says who may ask.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { WebSocketServer } from 'ws'
import { createDispatch, type Log } from '../../shared/api/dispatch.ts'
import { createAccess, isLoopbackHost, isOwnOrigin } from './access.ts'
import { answer, splitAddress, type Answering } from './answer.ts'
import { createEventHub } from './events.ts'
import type { ServedProgram } from './program.ts'
import { listen } from './listen.ts'
import { withoutUserPaths } from './log.ts'
import { plain, type Resource } from './resources.ts'

export interface ServerOptions {
  services: ServedProgram
  /** Folder of the built page, out/renderer. */
  page: string
  /** Left out: the usual one if it is free, else any. 0: any. Another number: that one or an error. */
  port?: number
  /** A loopback address: 127.0.0.1 or ::1. */
  host?: string
  /** Gets details of mistakes, for a log; paths of users' files are left out. */
  log?: Log
}

export interface RunningServer {
  /** The whole address with its token: who has it can use the app. */
  url: string
  /** The same without the token. */
  origin: string
  port: number
  token: string
  /** An address that works once: for starting a browser, whose arguments others on this machine may see. */
  onceUrl(): string
  /** Ends all connections. Does not close the services. */
  close(): Promise<void>
}

/** Rejects with a plain sentence when the port is taken or the host is not loopback. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { services, page, host = '127.0.0.1' } = options
  const log: Log = (detail) => options.log?.(withoutUserPaths(detail))
  const name = host.includes(':') ? `[${host}]` : host
  if (!isLoopbackHost(name)) {
    throw new Error(`Handful serves this machine only, not ${host}. To use it from elsewhere, make an SSH tunnel.`)
  }
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 20_000 })
  const port = await listen(server, host, options.port)
  // Cookies don't know ports: two of these on one machine need two names.
  const access = createAccess(`handful-${port}`)
  const answering: Answering = {
    access,
    dispatch: createDispatch(services.handlers, log),
    files: services.files,
    upload: services.upload,
    page,
  }

  server.on('request', (request, response) => {
    answer(request, answering)
      .catch((error: unknown) => {
        log(`An answer failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
        return plain(500, 'Handful made a mistake. The details are in its log.')
      })
      .then((resource) => send(request, response, resource))
      .catch((error: unknown) => {
        // The page went away in the middle, or a file ended early. Half an answer must not look whole.
        response.destroy()
        if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE')
          log(`Sending failed: ${String(error)}`)
      })
  })

  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 })
  const hub = createEventHub({ program: services, sockets, log })
  server.on('upgrade', (request, socket, head) => {
    const { path, query } = splitAddress(request)
    if (path !== '/events') return refuse(socket, '404 Not Found')
    const own = isLoopbackHost(request.headers.host) && isOwnOrigin(request.headers, false)
    if (!own) return refuse(socket, '403 Forbidden')
    if (!access.hasKey(request.headers)) return refuse(socket, '401 Unauthorized')
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('error', () => {}) // oversized or malformed: ws closes it, and the page comes back
      hub.greet(opened, query)
    })
  })

  const origin = `http://${name}:${port}`
  return {
    url: `${origin}/#token=${access.token}`,
    origin,
    port,
    token: access.token,
    onceUrl: () => `${origin}/#token=${access.ticket()}`,
    close: () =>
      new Promise((resolve) => {
        hub.close()
        for (const socket of sockets.clients) socket.terminate()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function send(request: IncomingMessage, response: ServerResponse, resource: Resource): Promise<void> {
  // A refused message may not have been read to its end: don't keep a connection with its rest in it.
  if (!request.complete) response.setHeader('connection', 'close')
  response.writeHead(resource.status, resource.headers)
  if (resource.open === null || request.method === 'HEAD') response.end()
  else await pipeline(resource.open(), response)
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => {})
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
