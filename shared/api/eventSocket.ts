/**
 * A WebSocket that hears events and comes back by itself. Each event has a number; after a break the program sends
 * what was missed, or says that it no longer has it (main/server/events.ts keeps the latest few thousand).
 */
import { z } from 'zod'
import { events } from './contract.ts'
import type { EventName, EventPayload } from './contract.ts'

/** As much of a WebSocket as is used. */
export interface Socket {
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  close(): void
}
export type OpenSocket = (url: string) => Socket

/** First message of a connection. `resumed`: everything after the number asked for follows. */
export const Hello = z.object({
  type: z.literal('hello'),
  instance: z.string(),
  last: z.number().int(),
  resumed: z.boolean(),
})
export const EventMessage = z.object({
  type: z.literal('event'),
  number: z.number().int(),
  name: z.enum(Object.keys(events) as [EventName, ...EventName[]]),
  payload: z.unknown(),
})
const Message = z.discriminatedUnion('type', [Hello, EventMessage])

export interface EventSocketOptions {
  url: string
  open: OpenSocket
  backoff: { first: number; most: number }
  emit<N extends EventName>(name: N, payload: EventPayload<N>): void
  /** Called after a reconnection when some events can't be had any more. */
  missed(): void
}

export class EventSocket {
  private readonly options: EventSocketOptions
  private socket: Socket | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private attempts = 0
  private closed = false
  private heard: { instance: string; last: number } | null = null
  private waiting: (() => void)[] = []

  constructor(options: EventSocketOptions) {
    this.options = options
    this.connect()
  }

  /** Resolves at the first greeting; rejects after `patience` milliseconds without one. */
  ready(patience: number): Promise<void> {
    if (this.heard) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no greeting')), patience)
      this.waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    this.socket?.close()
  }

  private connect(): void {
    const query = this.heard ? `?instance=${this.heard.instance}&after=${this.heard.last}` : ''
    const socket = this.options.open(this.options.url + query)
    this.socket = socket
    socket.onmessage = (event: { data: unknown }) => this.hear(event.data)
    socket.onerror = () => {}
    socket.onclose = () => this.retry()
  }

  private retry(): void {
    if (this.closed) return
    const { first, most } = this.options.backoff
    const pause = Math.min(most, first * 2 ** this.attempts++)
    // Spread out, so that several windows don't knock at the same moment.
    this.timer = setTimeout(() => this.connect(), pause * (0.75 + 0.5 * Math.random()))
  }

  private hear(data: unknown): void {
    const message = Message.safeParse(parse(data))
    if (this.closed || !message.success) return
    if (message.data.type === 'event') {
      const { number, name, payload } = message.data
      if (this.heard) this.heard.last = number
      // Checked against the contract by the program before it was sent.
      this.options.emit(name, payload as EventPayload<typeof name>)
      return
    }
    const { instance, last, resumed } = message.data
    const again = this.heard !== null
    this.attempts = 0
    this.heard = { instance, last: again && resumed ? this.heard!.last : last }
    this.waiting.splice(0).forEach((resolve) => resolve())
    if (again && !resumed) this.options.missed()
  }
}

function parse(data: unknown): unknown {
  try {
    return JSON.parse(String(data))
  } catch {
    return null
  }
}
