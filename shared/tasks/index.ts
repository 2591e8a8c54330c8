/** The pretext tasks: what each asks, and a picture of it. */
import type { PretextTask } from '../domain/records.ts'
import { random } from '../domain/random.ts'
import type { Volume } from '../domain/volume.ts'
import { picture as cpc } from './contrastive-predictive-coding.ts'
import { picture as exemplar } from './exemplar.ts'
import { picture as jigsaw } from './jigsaw.ts'
import { sceneOf, type Picture, type TaskPicture } from './picture.ts'
import { picture as relativeLocation } from './relative-location.ts'
import { picture as restoration } from './restoration.ts'
import { picture as rotation } from './rotation.ts'

export type { Answer, Panel, PanelRole, Plane, TaskPicture } from './picture.ts'

/** Every task by name; `auto` is none of them but a choice among them. */
export type TaskName = Exclude<PretextTask, 'auto'>

const pictures: Record<TaskName, Picture> = {
  rotation,
  jigsaw,
  'relative-location': relativeLocation,
  cpc,
  exemplar,
  restoration,
}

/**
 * What the network is shown of this scan in a task, and what it must say. The same seed gives the same picture. volume: on
 * its canonical grid (x right, y anterior, z superior); its first channel is shown. Takes some milliseconds.
 */
export const pictureOf = (task: TaskName, volume: Volume, seed: number): TaskPicture =>
  pictures[task](sceneOf(volume), random(seed, 'picture', task))
