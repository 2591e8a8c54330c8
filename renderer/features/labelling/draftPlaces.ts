/**
 * The two places where work that is not saved yet is kept: in the project, by the program, which survives a page that is
 * gone, whatever its address; and in the browser's own database, which survives a program that is gone. For the window
 * and its worker alike.
 */
import { draftBytes, packRuns, readDraftBytes, type Draft } from '../../labelling/draft.ts'

/** Labels in hand as they are kept: `key` names the case in the browser's database, where a null map forgets them. */
export interface Keep {
  key: string
  head: Omit<Draft, 'runs'>
  samples: Uint8Array | null
}

/** Keeps a draft, or forgets it, wherever it can. */
export async function keep({ key, head, samples }: Keep): Promise<void> {
  const draft = samples && { ...head, runs: packRuns(samples) }
  const body = draft ? draftBytes(draft) : new Uint8Array()
  await Promise.allSettled([
    fetch(`/drafts/${head.caseId}/${body.length}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body,
    }),
    act('readwrite', (store): IDBRequest => (draft ? store.put({ ...draft, key }) : store.delete(key))),
  ])
}

/** The newest draft of a case. */
export async function find(key: string, caseId: string): Promise<Draft | undefined> {
  const found = await Promise.all([
    fetch(`/drafts/${caseId}`)
      .then(async (reply) => (reply.ok ? readDraftBytes(await reply.arrayBuffer()) : undefined))
      .catch(() => undefined),
    act<Draft | undefined>('readonly', (store) => store.get(key)).catch(() => undefined),
  ])
  return found.filter((one) => one !== undefined).sort((a, b) => b.when - a.when)[0]
}

let database: Promise<IDBDatabase> | null = null

function open(): Promise<IDBDatabase> {
  return (database ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open('handful', 2)
    opening.onupgradeneeded = () => {
      if (opening.result.objectStoreNames.contains('drafts')) opening.result.deleteObjectStore('drafts')
      opening.result.createObjectStore('drafts', { keyPath: 'key' })
    }
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error)
  }))
}

async function act<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await open()).transaction('drafts', mode, { durability: 'strict' })
  const asked = ask(transaction.objectStore('drafts'))
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result)
    transaction.onerror = transaction.onabort = () => reject(transaction.error)
  })
}
