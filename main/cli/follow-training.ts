/** Watching a training from the command line until it ends. */
import type { Training } from '../../shared/api/contract.ts'
import type { Services } from '../services/index.ts'
import { duration, progressLine, say } from './output.ts'

/** Starts (or resumes) a training and shows its progress. Returns it as it ended, whatever way. */
export async function followTraining(
  services: Services,
  start: () => Promise<Training> | Training,
  isInterrupted: () => boolean,
): Promise<Training> {
  const said = new Set<string>()
  let latest: Training | null = null
  const once = (line: string) => {
    if (said.has(line)) return
    said.add(line)
    say(line)
  }
  const stop = services.on('training.changed', (training) => {
    latest = training
    if (training.device) once(`Computing on: ${training.device}`)
    for (const stage of training.stages) {
      if (stage.state === 'done') once(`${stage.name}: done in ${duration(stage.seconds)}.`)
      if (stage.state === 'running' && stage.total > 0) {
        progressLine.show(stage.name, stage.done, stage.total, stage.etaSeconds)
      }
    }
  })
  try {
    const started = await start()
    // Before it had begun there was nothing to cancel.
    if (isInterrupted()) services.context.activeTraining?.cancel()
    await services.context.activeTraining?.finished
    return latest ?? started
  } finally {
    stop()
    progressLine.clear()
  }
}
