/** A program for the contract suite: its handlers answer with the samples, and it remembers what it was asked. */
import type { EventName, Handlers, RequestName } from '../../shared/api/contract.ts'
import type { Program } from '../../shared/api/memory.ts'
import { samples } from './samples.ts'

type Handler = (input: unknown) => unknown
type Listener = (payload: unknown) => void

export interface SampleProgram extends Program {
  asked: { name: RequestName; input: unknown }[]
  /** Replaces a handler; what it returns is not checked by the compiler, on purpose. */
  answer(name: RequestName, handler: Handler): void
  emit(name: EventName, payload: unknown): void
  /** How many listen, over all events. */
  listening(): number
}

export function sampleProgram(): SampleProgram {
  const asked: SampleProgram['asked'] = []
  const replaced = new Map<RequestName, Handler>()
  const listeners = new Map<EventName, Set<Listener>>()
  const handlers = Object.fromEntries(
    (Object.keys(samples) as RequestName[]).map((name) => [
      name,
      async (input: unknown) => {
        asked.push({ name, input })
        const handler = replaced.get(name)
        return handler ? handler(input) : samples[name].reply
      },
    ]),
  ) as Handlers
  return {
    handlers,
    asked,
    answer: (name, handler) => void replaced.set(name, handler),
    emit: (name, payload) => listeners.get(name)?.forEach((listener) => listener(payload)),
    listening: () => [...listeners.values()].reduce((sum, set) => sum + set.size, 0),
    on(name, listener) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listener as Listener))
      return () => void set.delete(listener as Listener)
    },
  }
}
