import { contrastivePredictiveCoding } from './contrastive-predictive-coding.ts'
import { exemplar } from './exemplar.ts'
import { jigsaw } from './jigsaw.ts'
import type { PretextTask } from './pretext.ts'
import { relativeLocation } from './relative-location.ts'
import { restoration } from './restoration.ts'
import { rotation } from './rotation.ts'

export type { Exercise, PretextTask } from './pretext.ts'

/** Every pretext task, the one that is taken where nothing is said first. */
export const pretextTasks: readonly PretextTask[] = [
  restoration,
  rotation,
  jigsaw,
  relativeLocation,
  contrastivePredictiveCoding,
  exemplar,
]
