/**
 * Events to every page that listens, by WebSocket. The latest are kept, so that a page whose connection broke gets what it
 * missed (shared/api/eventSocket.ts asks for it).
 */
import { randomUUID } from 'node:crypto'
import { WebSocket, type WebSocketServer } from 'ws'
import { events, type EventName } from '../../shared/api/contract.ts'
import { checkEvent, type Log } from '../../shared/api/dispatch.ts'
import type { Program } from '../../shared/api/memory.ts'

export interface EventHub {
  /** Greets a new page and brings it up to date. `query` is that of its address. */
  greet(socket: WebSocket, query: URLSearchParams): void
  close(): void
}

export interface EventHubOptions {
  program: Program
  sockets: WebSocketServer
  log: Log
  /** How many events are kept. */
  memory?: number
  /** A page that has this many bytes waiting does not read: it is let go, and may come back. */
  mostWaiting?: number
}

export function createEventHub(options: EventHubOptions): EventHub {
  const { program, sockets, log, memory = 4000, mostWaiting = 16 << 20 } = options
  const instance = randomUUID()
  const kept: { number: number; text: string }[] = []
  let last = 0

  const send = (socket: WebSocket, text: string) => {
    if (socket.readyState !== WebSocket.OPEN) return
    if (socket.bufferedAmount > mostWaiting) socket.terminate()
    else socket.send(text)
  }

  const publish = (name: EventName, payload: unknown) => {
    const event = checkEvent(name, payload, log)
    if (!event.ok) return
    last++
    const text = JSON.stringify({ type: 'event', number: last, name, payload: event.value })
    kept.push({ number: last, text })
    if (kept.length > memory) kept.splice(0, kept.length - memory)
    for (const socket of sockets.clients) send(socket, text)
  }
  const stops = (Object.keys(events) as EventName[]).map((name) =>
    program.on(name, (payload) => publish(name, payload)),
  )

  const beat = setInterval(() => {
    for (const socket of sockets.clients) socket.ping()
  }, 30_000)
  beat.unref()

  return {
    greet(socket, query) {
      const after = Number(query.get('after') ?? last)
      const known = query.get('instance') === instance && Number.isSafeInteger(after) && after <= last
      const resumed = known && after + 1 >= (kept[0]?.number ?? last + 1)
      send(socket, JSON.stringify({ type: 'hello', instance, last, resumed }))
      if (resumed) for (const event of kept) if (event.number > after) send(socket, event.text)
    },
    close() {
      clearInterval(beat)
      stops.forEach((stop) => stop())
    },
  }
}
