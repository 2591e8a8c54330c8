/** Which model a command works with: the one that is named, else the project's active one, as in the window. */
import { Option } from 'commander'
import type { Model } from '../../../shared/domain/records.ts'
import { refuse, type Library } from '../../library/index.ts'
import { activeModel } from '../../services/models.ts'
import { findModel } from '../../services/predictions.ts'
import { say } from '../output.ts'

export const modelOption = (when = ''): Option =>
  new Option(
    '--model <id>',
    `${when}the model, or the fine-tuning run that made it (default: the active one; see handful models)`,
  )

/** Says on stderr which model that is, where none was named. Refuses where there is none. */
export function chosenModel(library: Library, id: string | undefined): Model {
  if (id !== undefined) return findModel(library, id)
  const active = activeModel(library)
  if (!active)
    return refuse('This project has no model yet. Fine-tune one first, or take one in: handful models --import.')
  say(`Model: ${active.name} (${active.id}), the active one of this project.`)
  return active
}
