import type { PretextTask } from './pretext.ts'
import { restoration } from './restoration.ts'
import { rotation } from './rotation.ts'

export type { Exercise, PretextTask } from './pretext.ts'

/** Every pretext task that this version can train. */
export const pretextTasks: readonly PretextTask[] = [restoration, rotation]
