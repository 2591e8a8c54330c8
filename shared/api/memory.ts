/** The transport without a wire: page and program in one place, for component tests and the contract suite. */
import { events } from './contract.ts'
import type { Api, EventName, Handlers, RequestInput, RequestName, RequestReply } from './contract.ts'
import { checkEvent, createDispatch, openEnvelope, outgoing, type Log } from './dispatch.ts'
import { Listeners } from './listeners.ts'

/** What every transport needs of the program: handlers, and a place to listen for its events. */
export interface Program {
  handlers: Handlers
  on: Api['on']
}

/** Messages are structured-cloned on both ways, so that neither side can lean on a shared object. */
export function createMemoryApi(program: Program, log?: Log): Api & { close(): void } {
  const dispatch = createDispatch(program.handlers, log)
  const listeners = new Listeners()
  const stops = (Object.keys(events) as EventName[]).map((name) =>
    program.on(name, (payload) => {
      const event = checkEvent(name, payload, log)
      if (event.ok) listeners.emit(name, structuredClone(event.value))
    }),
  )
  return {
    async request<N extends RequestName>(name: N, input: RequestInput<N>) {
      const reply = await dispatch(name, structuredClone(outgoing(name, input)))
      return openEnvelope(structuredClone(reply)) as RequestReply<N>
    },
    on: (name, listener) => listeners.add(name, listener),
    close: () => stops.forEach((stop) => stop()),
  }
}
