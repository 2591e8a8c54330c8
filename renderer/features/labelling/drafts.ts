/** Work that is not saved yet, kept in the browser's database: survives a reload, a crash, a program that has gone. */

export interface Draft {
  caseId: string
  parentId: string | null
  voxels: number
  /** Runs of [length, value]. */
  runs: Uint32Array<ArrayBuffer>
}

/** A label map as runs of [length, value], x fastest. */
export function packRuns(samples: Uint8Array): Uint32Array<ArrayBuffer> {
  const runs: number[] = []
  for (let start = 0, n = 1; start < samples.length; n++) {
    if (n < samples.length && samples[n] === samples[start]) continue
    runs.push(n - start, samples[start])
    start = n
  }
  return Uint32Array.from(runs)
}

/** @throws RangeError when the runs don't fill the map */
export function unpackRuns(runs: Uint32Array, voxels: number): Uint8Array<ArrayBuffer> {
  const samples = new Uint8Array(voxels)
  let at = 0
  for (let n = 0; n < runs.length; n += 2) {
    samples.fill(runs[n + 1], at, at + runs[n])
    at += runs[n]
  }
  if (at !== voxels) throw new RangeError(`${at} voxels came where ${voxels} belong`)
  return samples
}

let database: Promise<IDBDatabase> | null = null

function open(): Promise<IDBDatabase> {
  return (database ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open('handful', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('drafts', { keyPath: 'caseId' })
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

export const putDraft = (draft: Draft) => act('readwrite', (store) => store.put(draft))
export const getDraft = (caseId: string) => act<Draft | undefined>('readonly', (store) => store.get(caseId))
export const dropDraft = (caseId: string) => act('readwrite', (store) => store.delete(caseId))
