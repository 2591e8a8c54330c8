/** Keeps the machine awake while a training runs; the screen may go dark. */
import { powerSaveBlocker } from 'electron'
import type { Api } from '../../shared/api/contract.ts'

export function stayAwakeWhileTraining(on: Api['on']): void {
  let blocker: number | null = null
  on('training.changed', ({ state }) => {
    if (state === 'running') blocker ??= powerSaveBlocker.start('prevent-app-suspension')
    else if (blocker !== null) {
      powerSaveBlocker.stop(blocker)
      blocker = null
    }
  })
}
