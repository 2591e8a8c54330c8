/**
 * Work that is not saved yet, kept in two places: in the project, by the program, which survives a page that is gone,
 * whatever its address; and in the browser's own database, which survives a program that is gone.
 */
import { draftBytes, readDraftBytes, type Draft } from '../../labelling/draft.ts'
import { project } from '../../state/session.ts'

/** Keeps a draft wherever it can be kept. */
export async function putDraft(draft: Draft): Promise<void> {
  await Promise.allSettled([
    send(draft.caseId, draftBytes(draft)),
    act('readwrite', (store) => store.put({ ...draft, key: keyOf(draft.caseId) })),
  ])
}

/** The newest draft of a case. */
export async function getDraft(caseId: string): Promise<Draft | undefined> {
  const found = await Promise.all([
    fetch(`/drafts/${caseId}`)
      .then(async (reply) => (reply.ok ? readDraftBytes(await reply.arrayBuffer()) : undefined))
      .catch(() => undefined),
    act<Draft | undefined>('readonly', (store) => store.get(keyOf(caseId))).catch(() => undefined),
  ])
  return found.filter((one) => one !== undefined).sort((a, b) => b.when - a.when)[0]
}

export async function dropDraft(caseId: string): Promise<void> {
  await Promise.allSettled([send(caseId, new Uint8Array()), act('readwrite', (store) => store.delete(keyOf(caseId)))])
}

/** A copy of a project has cases of the same ids. */
const keyOf = (caseId: string) => `${project.value?.folder} ${caseId}`

const send = (caseId: string, body: Uint8Array<ArrayBuffer>) =>
  fetch(`/drafts/${caseId}/${body.length}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body,
  })

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
