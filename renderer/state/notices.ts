/** Sentences about what went wrong, shown until the user dismisses them; what went well goes by itself. */
import { shallowRef } from 'vue'
import { reason } from '../api/index.ts'

export interface Notice {
  id: number
  kind: 'bad' | 'warn' | 'good'
  text: string
  /** For the report only: where in the program it happened. */
  details: string
}

let next = 1
/** Milliseconds: long enough to read a path twice. */
const goodFor = 20_000
export const notices = shallowRef<Notice[]>([])

/** Shows a sentence; the same sentence is not shown twice at once. */
export function tell(text: string, kind: Notice['kind'] = 'bad', details = ''): void {
  if (notices.value.some((n) => n.text === text)) return
  const id = next++
  notices.value = [...notices.value.slice(-3), { id, kind, text, details }]
  if (kind === 'good') setTimeout(() => dismiss(id), goodFor)
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((n) => n.id !== id)
}

/** Runs a request; a refusal becomes a notice and null. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    tell(reason(error))
    return null
  }
}
