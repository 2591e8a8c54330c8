/**
 * Importer processes. One may be got ready beforehand, when the page shows that an import is likely; it is then kept for a
 * while after its work, so that the next import finds it warm. Without that each work has a process of its own.
 */
import type { ImporterCommand, ImporterMessage } from '../workers/importer/messages.ts'
import { startWorker, workerFile, type Spawn, type Worker, type WorkerEnd } from '../workers/process.ts'

export type Importers = {
  /** Gets one ready; settles when it is, or when it can't be. */
  prepare(): Promise<void>
  /** Gives work to the one that is ready, or to a new one. `ended` tells of the work, not of the process. */
  start(command: ImporterCommand, onMessage: (message: ImporterMessage) => void): Worker
  /** Of the one that waits; undefined where none does. */
  readonly pid: number | undefined
  /** Ends the one that waits. */
  close(): void
}

/** How long one waits for the next work. */
const keptSeconds = 60

type Kept = {
  worker: Worker
  hear(message: ImporterMessage): void
  ready: Promise<unknown>
  timer?: NodeJS.Timeout
}

export function makeImporters(spawn: Spawn): Importers {
  const file = workerFile('importer', import.meta.url)
  let spare: Kept | null = null

  function startKept(): Kept {
    const ready = Promise.withResolvers<unknown>()
    const hear = (message: ImporterMessage) => message.type === 'ready' && ready.resolve(null)
    const worker: Worker = startWorker(spawn, file, ['--stay'], (message) => kept.hear(message as ImporterMessage))
    const kept: Kept = { worker, hear, ready: Promise.race([ready.promise, worker.ended]) }
    void worker.ended.then(() => spare === kept && (spare = null))
    return kept
  }

  function keep(kept: Kept): void {
    if (spare && spare !== kept) return kept.worker.kill()
    spare = kept
    clearTimeout(kept.timer)
    kept.timer = setTimeout(kept.worker.kill, keptSeconds * 1000).unref()
  }

  /** Work for a process that lives on after it. */
  function lend(kept: Kept, onMessage: (message: ImporterMessage) => void): Worker {
    const { promise: ended, resolve } = Promise.withResolvers<WorkerEnd>()
    void kept.worker.ended.then(resolve)
    kept.hear = (message) => {
      if (message.type !== 'rest') return onMessage(message)
      kept.hear = () => {}
      keep(kept)
      resolve({ ok: true })
    }
    return {
      pid: kept.worker.pid,
      send: kept.worker.send,
      kill: kept.worker.kill,
      ended,
      async stop(message, graceSeconds) {
        kept.worker.send(message)
        const timer = setTimeout(kept.worker.kill, graceSeconds * 1000)
        const end = await ended
        clearTimeout(timer)
        return end
      },
    }
  }

  return {
    async prepare() {
      keep(spare ?? startKept())
      await spare?.ready
    },
    start(command, onMessage) {
      const kept = spare
      spare = null
      clearTimeout(kept?.timer)
      const worker = kept
        ? lend(kept, onMessage)
        : startWorker(spawn, file, [], (message) => onMessage(message as ImporterMessage))
      worker.send(command)
      return worker
    },
    get pid() {
      return spare?.worker.pid
    },
    close() {
      spare?.worker.kill()
      spare = null
    },
  }
}
