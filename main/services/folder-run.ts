/** A trainer process on a folder that belongs to no project. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TrainerMessage, type TrainerCommand, type TrainerConfig } from '../../shared/domain/trainer.ts'
import { refuse, writeJson } from '../library/index.ts'
import { startWorker, workerFile } from '../workers/process.ts'
import type { Context } from './context.ts'
import type { RunListener } from './run-execution.ts'

/** Time for a last checkpoint after cancel. */
const graceSeconds = 60

/**
 * Runs to the end, from the folder's checkpoint if there is one. Returns false where it was cancelled; refuses where it failed,
 * or where the folder holds a run of other settings.
 */
export async function runIn(
  context: Context,
  folder: string,
  config: TrainerConfig,
  listener: RunListener,
): Promise<boolean> {
  const file = join(folder, 'config.json')
  mkdirSync(folder, { recursive: true })
  if (existsSync(file) && readFileSync(file, 'utf8') !== JSON.stringify(config, null, 2) + '\n') {
    refuse(
      `${folder} holds a run with other settings or other images, or of an earlier version. Choose another --output, or take that folder away.`,
    )
  }
  writeJson(file, config)
  let last: TrainerMessage | null = null
  const worker = startWorker(context.options.spawn, workerFile('trainer', import.meta.url), [folder], (raw) => {
    const parsed = TrainerMessage.safeParse(raw)
    if (!parsed.success) return
    const message = parsed.data
    if (message.type === 'progress') listener.progress?.(message.stage, message.done, message.total, message.etaSeconds)
    else if (message.type === 'device') listener.device?.(message.name)
    else if (message.type === 'notice') listener.notice?.(message.text, message.warning)
    else last = message
  })
  const over = Promise.withResolvers<void>()
  const cancel = () => void worker.stop({ type: 'cancel' } satisfies TrainerCommand, graceSeconds)
  context.activeRun = { runId: config.runId, cancel, finished: over.promise }
  try {
    const end = await worker.ended
    const outcome = last as TrainerMessage | null
    if (outcome?.type === 'done') return true
    if (outcome?.type === 'cancelled') return false
    if (outcome?.type === 'failed') refuse(outcome.reason)
    return refuse(end.ok ? 'The process ended without a result.' : end.reason)
  } finally {
    context.activeRun = null
    over.resolve()
  }
}
