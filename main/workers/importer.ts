/**
 * The importer process: reads scans, writes canonical volumes, pictures and label maps, and reports what it found. It ends
 * after one work, or, started with `--stay`, waits for the next.
 */
import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { writeCache } from '../library/index.ts'
import { readNiftiChannels } from './importer/channels.ts'
import { readDicomScan } from './importer/dicom.ts'
import { scanWithHash } from './importer/fourth.ts'
import { guarded, runImport } from './importer/import.ts'
import type { ImporterCommand, ImporterMessage, RestoreRequest } from './importer/messages.ts'
import { readNiftiScan } from './importer/read.ts'
import { forgetMemory, keepMemory } from './importer/memory.ts'
import { startThreads } from './importer/threads.ts'
import { warmUp } from './importer/warm.ts'
import { connectParent } from './parent.ts'

/** Of memory for volumes this much is there before the first import, and is kept after one while the process waits. */
const [readyBytes, keptBytes] = [2 ** 26, 2 ** 28]

const parent = connectParent()
const send = seldomProgress((message) => parent.send(message))
const stays = process.argv.includes('--stay')
let hasWork = false
let cancelled = false
let rest: NodeJS.Timeout | undefined

// What was imported so far is in the project already; without a parent nobody would add the rest.
parent.onGone(() => process.exit(0))
parent.onMessage((message) => {
  const command = message as ImporterCommand
  if (command.type === 'cancel') cancelled = true
  else {
    hasWork = true
    void work(command).then(end)
  }
})

if (stays) {
  const threads = startThreads(true)
  keepMemory(readyBytes)
  void Promise.all([threads, warmUp(12, () => !hasWork)]).then(() => send({ type: 'ready' }))
}

/** Of the progress of one stage 20 messages a second are enough; all else is passed on. */
function seldomProgress(pass: (message: ImporterMessage) => void): (message: ImporterMessage) => void {
  let [stage, last] = ['', 0]
  return (message) => {
    if (message.type === 'progress') {
      const now = performance.now()
      if (message.stage === stage && message.done < message.total && now - last < 50) return
      ;[stage, last] = [message.stage, now]
    }
    pass(message)
  }
}

async function end(): Promise<void> {
  if (stays) {
    send({ type: 'rest' })
    rest = setTimeout(collectGarbage, 5000)
    return
  }
  await parent.flush()
  process.exit(0)
}

/** Gives the memory of the volumes back: at rest nothing would make the engine do so. Compiled code may go with it, so not at once. */
function collectGarbage(): void {
  forgetMemory(keptBytes)
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

async function work(command: Exclude<ImporterCommand, { type: 'cancel' }>): Promise<void> {
  cancelled = false
  clearTimeout(rest)
  try {
    if (command.type === 'import') await runImport(command.request, send, () => cancelled)
    else await restore(command.request)
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const reason = error instanceof Error && error.name === 'ApiError' ? error.message : explain(error)
    send({ type: 'failed', reason, detail })
  }
}

async function restore(request: RestoreRequest): Promise<void> {
  const paths = request.files.map((file) => resolve(file.path))
  // A header's other half (.img) is read with it; further NIfTI files are channels.
  const scans = paths.filter((path) => !/\.img(\.gz)?$/i.test(path))
  const read = await guarded(async () => {
    if (request.reader === 'dicom') return readDicomScan(paths, request.contentSha256)
    return scans.length > 1 ? readNiftiChannels(scans, true) : readNiftiScan(paths[0])
  })
  if (!read.ok) return send({ type: 'failed', reason: read.reason, detail: '' })
  const scan = scanWithHash(read, request.contentSha256)
  if (!scan) {
    const reason = `The scan ${paths[0]} has changed since it was imported. Put the old file back, or import the new one as a scan of its own.`
    return send({ type: 'failed', reason, detail: '' })
  }
  await writeCache(request.folder, request.seriesId, scan.volume)
  send({ type: 'restored' })
}

function explain(error: unknown): string {
  const code = (error as NodeJS.ErrnoException)?.code
  if (code === 'ENOSPC') return 'The disk is full. Free some space and import again; what was read so far is kept.'
  return 'The import stopped because of a fault in Handful. What was read so far is kept.'
}
