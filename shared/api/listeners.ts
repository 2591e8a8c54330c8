/** Who listens to which event: the page's end of every transport. */
import type { EventName, EventPayload } from './contract.ts'

type Listener = (payload: never) => void

export class Listeners {
  private readonly byName = new Map<EventName, Set<Listener>>()

  /** Adding the same function twice makes it hear twice; each returned function removes its own. */
  add<N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void): () => void {
    const own = (payload: EventPayload<N>) => listener(payload)
    const set = this.byName.get(name) ?? new Set()
    this.byName.set(name, set.add(own))
    return () => void set.delete(own)
  }

  /** A listener that throws does not keep the others from hearing; its error surfaces as an uncaught one. */
  emit<N extends EventName>(name: N, payload: EventPayload<N>): void {
    for (const listener of [...(this.byName.get(name) ?? [])]) {
      try {
        ;(listener as (payload: EventPayload<N>) => void)(payload)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
