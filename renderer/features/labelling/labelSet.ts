/** Changes of the project's label set, each of which can be taken back. */
import { ApiError, type RequestReply } from '../../../shared/api/contract.ts'
import type { Label } from '../../../shared/domain/records.ts'
import { labelMap } from '../../api/bytes.ts'
import { request } from '../../api/index.ts'
import { labelSet } from '../../state/cases.ts'
import { attempt, tell } from '../../state/notices.ts'
import { words } from '../../words/index.ts'
import { holding, inTurn, record, repaint, saveAll, unsavedAnywhere, worksOf } from './current.ts'

const says = words.labels.changes

/**
 * Makes the set another one (names, colours, keys, order, new labels). False, and a notice, when it was refused.
 * @param change gets the present set, of which it makes the next
 */
export const changeLabelSet = (name: string, change: (set: readonly Label[]) => readonly Label[]): Promise<boolean> =>
  inTurn(async () => {
    const before = labelSet.value
    const after = change(before)
    const done = await attempt(async () => {
      await put(before, after)
      return true
    })
    if (!done) return false
    const step = { name, bytes: 200 * (before.length + after.length) }
    record({ ...step, undo: () => put(after, before), redo: () => put(before, after) }, 'shared')
    return true
  })

/** From one set to another; labels that came from elsewhere meanwhile (an import) stay. */
async function put(from: readonly Label[], to: readonly Label[]): Promise<void> {
  const known = new Set([...from, ...to].map(({ value }) => value))
  const others = labelSet.value.filter(({ value }) => !known.has(value))
  // Only what is saved tells the program whether a label that goes is in use.
  if (to.length < from.length) await saveAll()
  labelSet.value = await request('labels.changeSet', { labels: [...to, ...others] })
}

/** Deletes a label, also where it is drawn; undo brings it back everywhere. */
export const deleteLabel = (label: Label): Promise<void> => inTurn(() => deleteNow(label))

async function deleteNow(label: Label): Promise<void> {
  const at = labelSet.value.findIndex(({ value }) => value === label.value)
  let had: string[] = []
  const remove = async () => {
    const changed = await onSaved(() => request('labels.remove', { value: label.value }))
    had = changed.versions.flatMap(({ parentId }) => parentId ?? [])
  }
  const restore = async () => void (await onSaved(() => request('labels.restore', { label, at, versionIds: had })))
  const done = await attempt(async () => {
    await remove()
    return true
  })
  if (!done) return
  record({ name: says.delete(label.name), bytes: 400, undo: restore, redo: remove }, 'shared')
  if (had.length) tell(says.deleted(label.name, had.length), 'warn')
}

/** Asks for a change of label maps once all is saved, and takes over what the program has made of those in hand. */
const onSaved = (ask: () => Promise<RequestReply<'labels.remove'>>): Promise<RequestReply<'labels.remove'>> =>
  holding(async () => {
    await saveAll()
    if (unsavedAnywhere()) throw new ApiError('refused', says.saveFirst)
    const changed = await ask()
    labelSet.value = changed.labels
    const byCase = new Map(changed.versions.map((version) => [version.caseId, version.id]))
    const works = worksOf([...byCase.keys()])
    // Known at once: the news of these versions must not look like somebody else's.
    for (const work of works) work.versions.push(byCase.get(work.caseId)!)
    for (const work of works) work.adopt(await labelMap(byCase.get(work.caseId)!))
    repaint()
    return changed
  })
