/** Events to whoever listens: the transports, the command line. */
import type { EventName, EventPayload } from '../../shared/api/contract.ts'

export type Events = {
  on<N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void): () => void
  emit<N extends EventName>(name: N, payload: EventPayload<N>): void
}

export function makeEvents(): Events {
  const listeners = new Map<EventName, Set<(payload: never) => void>>()
  return {
    on(name, listener) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listener))
      return () => void set.delete(listener)
    },
    emit(name, payload) {
      // A copy: a listener may stop listening while it is called.
      for (const listener of [...(listeners.get(name) ?? [])]) (listener as (payload: unknown) => void)(payload)
    },
  }
}

/** Calls `act` at once, then at most once in `milliseconds` however often it is asked; the last call is never lost. */
export function throttle(act: () => void, milliseconds: number): () => void {
  let timer: NodeJS.Timeout | null = null
  let again = false
  const run = () => {
    act()
    timer = setTimeout(() => {
      timer = null
      if (again) {
        again = false
        run()
      }
    }, milliseconds)
    timer.unref()
  }
  return () => {
    if (timer) again = true
    else run()
  }
}
