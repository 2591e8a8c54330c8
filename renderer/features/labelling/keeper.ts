/** The window's side of the worker that sends labels and drafts. */
import type { Keep } from './draftPlaces.ts'

export type Ask = { kind: 'draft'; draft: Keep } | { kind: 'labels'; url: string; samples: Uint8Array<ArrayBuffer> }
/** What the program said to labels; null where it can't be reached, and for drafts. */
export type Answer = { ok: boolean; text: string } | null

let worker: Worker | null = null
let next = 0
const waiting = new Map<number, (answer: Answer) => void>()

/** Asks the worker. `samples` are given away. */
export function askKeeper(ask: Ask, samples: Uint8Array<ArrayBuffer> | null): Promise<Answer> {
  worker ??= start()
  const id = ++next
  worker.postMessage({ id, ask }, samples ? [samples.buffer] : [])
  return new Promise((resolve) => waiting.set(id, resolve))
}

function start(): Worker {
  const made = new Worker(new URL('./keeper.worker.ts', import.meta.url), { type: 'module' })
  made.onmessage = ({ data: { id, answer } }: MessageEvent<{ id: number; answer: Answer }>) => {
    waiting.get(id)?.(answer)
    waiting.delete(id)
  }
  // Whatever goes wrong there counts as not sent: it is tried again, by a new worker.
  made.onerror = () => {
    made.terminate()
    worker = null
    for (const resolve of waiting.values()) resolve(null)
    waiting.clear()
  }
  return made
}
