/** The keys in force now: the table's, unless a person has changed them. */
import { computed } from 'vue'
import { changePreferences, preferences } from '../../state/preferences.ts'
import { keysWith, rebound, restored, type KeyChanges } from './changes.ts'
import { keySign } from './names.ts'
import { actionIds, type ActionId } from './table.ts'

const changes = computed<KeyChanges>(() => preferences.value.keys)
const owners = computed(
  () => new Map(actionIds.flatMap((id) => keysWith(changes.value, id).map((key) => [key, id] as const))),
)

export const keysOf = (id: ActionId): readonly string[] => keysWith(changes.value, id)
export const actionOf = (key: string): ActionId | null => owners.value.get(key) ?? null
export const isChanged = (id: ActionId): boolean => changes.value[id] !== undefined
export const anyChanged = computed(() => Object.keys(changes.value).length > 0)
export const setKey = (id: ActionId, key: string) => void changePreferences({ keys: rebound(changes.value, id, key) })
export const resetKey = (id: ActionId) => void changePreferences({ keys: restored(changes.value, id) })
export const resetKeys = () => void changePreferences({ keys: {} })

/** The keys of an action as hints show them; nothing where it has none. */
export const keyHint = (id: ActionId): string => (keysOf(id).length ? keySign(keysOf(id)[0]) : '')
