/** Who paints and decides: a name kept with each saved version and decision, on this computer alone. */
import { userInfo } from 'node:os'
import type { Context } from './context.ts'
import { preferences } from './settings.ts'

/** What is kept where the computer does not say whose it is; projects made before names were kept have it too. */
const nobody = 'you'

/** The name in the settings: the computer user's, until another is given. Exports never hold it. */
export const personOf = (context: Context): string => nameOr(preferences(context.options.homeFolder).name)

/** A name, or the computer user's where there is none. What a record calls imported is nobody's name. */
export function nameOr(name: string): string {
  const given = name.trim()
  return given && given.toLowerCase() !== 'imported' ? given : computerUser()
}

function computerUser(): string {
  try {
    return userInfo().username || nobody
  } catch {
    return nobody
  }
}
