/** Changes to the table of keys: which keys are in force with them, and how they come about. */
import { actionIds, actions, type ActionId } from './table.ts'

/** Keys by action, for those that were changed. */
export type KeyChanges = Readonly<Record<string, readonly string[]>>

/** Keys of an action with these changes. A fixed action keeps its own. */
export const keysWith = (changes: KeyChanges, id: ActionId): readonly string[] =>
  actions[id].fixed ? actions[id].keys : (changes[id] ?? actions[id].keys)

/** The action that has this key, or null. */
export const ownerOf = (changes: KeyChanges, key: string): ActionId | null =>
  actionIds.find((id) => keysWith(changes, id).includes(key)) ?? null

/** The changes with `key` given to `id` instead of what it had, and taken from whoever had it. */
export function rebound(changes: KeyChanges, id: ActionId, key: string): Record<string, string[]> {
  const next = Object.fromEntries(Object.entries(changes).map(([name, keys]) => [name, [...keys]]))
  const owner = ownerOf(changes, key)
  if (owner && owner !== id) next[owner] = keysWith(changes, owner).filter((one) => one !== key)
  next[id] = [key]
  return next
}

/** The changes without those of `id`: its usual keys are its own again, and nobody else's. */
export function restored(changes: KeyChanges, id: ActionId): Record<string, string[]> {
  const next: Record<string, string[]> = {}
  for (const [name, keys] of Object.entries(changes))
    if (name !== id) next[name] = keys.filter((key) => !actions[id].keys.includes(key))
  return next
}
