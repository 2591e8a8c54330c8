/** Options that every command with a training run has, and how such a run is shown and ended. */
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import type { Run } from '../../../shared/domain/records.ts'
import { layout } from '../../library/index.ts'
import type { RunListener } from '../../services/run-execution.ts'
import { batchThreadsOption, checkpointOption, deviceOption, seedOption, threadsOption } from '../arguments.ts'
import { CommandError, exit, progressLine, say } from '../output.ts'
import type { Session } from '../session.ts'

export type RunOptions = {
  seed: number
  device: string
  threads?: number
  batchThreads?: number
  checkpointSeconds: number
}

export function addRunOptions(command: Command): Command {
  for (const option of [seedOption, deviceOption, threadsOption, batchThreadsOption, checkpointOption]) {
    command.addOption(option)
  }
  return command
}

export const settingsOf = ({ seed, device, threads, batchThreads, checkpointSeconds }: RunOptions) => ({
  seed,
  device,
  threads: threads ?? null,
  batchThreads,
  checkpointSeconds,
})

/** Progress to stderr. The run's id is said at its start, so that a run that is killed can be resumed. */
export function showRun(): RunListener {
  return {
    started: (run) => say(`Run ${run.id} …`),
    progress: progressLine.show,
    device: (name) => say(`Computing on: ${name}`),
    notice: say,
  }
}

/** Passes a finished run on; refuses any other end, with the exit code it deserves. */
export function requireDone(run: Run, session: Session): Run {
  progressLine.clear()
  if (run.state === 'done') return run
  const resume = `Resume it with: handful resume --project ${session.library.folder} --run ${run.id}`
  if (run.state === 'failed') {
    // One that failed before its first checkpoint would fail again: what it was told, or a scan, is at fault.
    const reason = run.reason ?? 'The run failed.'
    // The automatic choice keeps its own in folders of the run's.
    const files = readdirSync(layout.runFolder(session.library.folder, run.id), { recursive: true })
    const goesOn = files.some((file) => basename(String(file)) === 'checkpoint.bin')
    throw new CommandError(goesOn ? `${reason} ${resume}` : reason)
  }
  throw new CommandError(`Stopped. ${resume}`, exit.cancelled)
}
