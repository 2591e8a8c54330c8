/**
 * The Electron transport. The page's side works over a `Bridge` that the preload script exposes; the program's side over
 * something like `ipcMain`. Two channels carry everything: which requests exist is the contract's business alone.
 */
import { eventChannel, requestChannel, type Bridge } from './bridge.ts'
import { ApiError, events } from './contract.ts'
import type { Api, EventName, EventPayload, RequestInput, RequestName, RequestReply } from './contract.ts'
import { checkEvent, createDispatch, isEventName, openEnvelope, outgoing, type Log } from './dispatch.ts'
import { Listeners } from './listeners.ts'
import type { Program } from './memory.ts'

/** The page's side. */
export function createIpcApi(bridge: Bridge): Api & { close(): void } {
  const listeners = new Listeners()
  const stop = bridge.listen((name, payload) => {
    if (isEventName(name)) listeners.emit(name, payload as EventPayload<EventName>)
  })
  return {
    async request<N extends RequestName>(name: N, input: RequestInput<N>) {
      const reply = await bridge.invoke(name, outgoing(name, input)).catch(() => {
        throw new ApiError('internal', 'The window lost its connection to Handful. Close the window and open it again.')
      })
      return openEnvelope(reply) as RequestReply<N>
    },
    on: (name, listener) => listeners.add(name, listener),
    close: stop,
  }
}

/** As much of Electron's `ipcMain` as is used. */
export interface IpcMain<E> {
  handle(channel: string, listener: (event: E, ...args: unknown[]) => unknown): void
  removeHandler(channel: string): void
}

export interface IpcHost<E> {
  program: Program
  ipcMain: IpcMain<E>
  /** Whether a message comes from a page of ours: its frame and its address. */
  trusts(event: E): boolean
  /** Sends to every window of ours. */
  broadcast(channel: string, name: EventName, payload: unknown): void
  log?: Log
}

/** The program's side. Returns the function that ends it. A message from anyone else is refused and logged. */
export function serveIpc<E>({ program, ipcMain, trusts, broadcast, log = () => {} }: IpcHost<E>): () => void {
  const dispatch = createDispatch(program.handlers, log)
  ipcMain.handle(requestChannel, (event, name, input) => {
    if (trusts(event)) return dispatch(name, input)
    log('A message from a foreign page was refused.')
    return { ok: false, error: { kind: 'refused', message: 'This page may not talk to Handful.' } }
  })
  const stops = (Object.keys(events) as EventName[]).map((name) =>
    program.on(name, (payload) => {
      const event = checkEvent(name, payload, log)
      if (event.ok) broadcast(eventChannel, name, event.value)
    }),
  )
  return () => {
    stops.forEach((stop) => stop())
    ipcMain.removeHandler(requestChannel)
  }
}
