/** Notices when the program stops answering, and when it is back. */
import { ref } from 'vue'
import { ApiError } from '../../shared/api/contract.ts'
import { request } from '../api/index.ts'
import { words } from '../words/index.ts'

const beat = 8000
const beatWhenLost = 2000
const patience = 15000

/** What to tell while the program does not answer; null while it does. */
export const connectionTrouble = ref<string | null>(null)

/** Asks the program now and then whether it is there; `back` runs when it is again after a loss. */
export function watchConnection(back: () => Promise<void>): void {
  const ask = async () => {
    try {
      await Promise.race([request('app.info', undefined), timeout()])
      if (connectionTrouble.value) {
        await back()
        connectionTrouble.value = null
      }
    } catch (error) {
      const known = error instanceof ApiError && error.kind === 'refused'
      connectionTrouble.value = known ? words.connection.lostBecause(error.message) : words.connection.lost
    }
    setTimeout(ask, connectionTrouble.value ? beatWhenLost : beat)
  }
  setTimeout(ask, beat)
}

const timeout = () => new Promise<never>((_, reject) => setTimeout(() => reject(new Error('no answer')), patience))
