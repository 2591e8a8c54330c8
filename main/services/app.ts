/** The program itself: version, devices, preferences. */
import { readFileSync } from 'node:fs'
import type { Handlers } from '../../shared/api/contract.ts'
import type { Preferences } from '../../shared/domain/preferences.ts'
import type { Context } from './context.ts'
import { listDevices } from './devices.ts'
import { nameOr } from './person.ts'
import { preferences, setPreferences } from './settings.ts'

type AppRequest = 'app.info' | 'app.devices' | 'menu.show' | 'preferences.get' | 'preferences.set'

export function appHandlers(context: Context): Pick<Handlers, AppRequest> {
  return {
    'app.info': () => ({
      version: appVersion(),
      mode: context.options.mode,
      demoAvailable: context.demoFolder !== null,
      nativeDialogs: context.options.pickFolder !== undefined,
      homeFolder: context.options.homeFolder,
    }),
    'app.devices': () => listDevices(context.options.spawn),
    'menu.show': ({ menus }) => {
      context.options.showMenu?.(menus)
      return undefined
    },
    'preferences.get': () => named(preferences(context.options.homeFolder)),
    'preferences.set': (wanted) => named(setPreferences(context.options.homeFolder, wanted)),
  }
}

const named = (kept: Preferences): Preferences => ({ ...kept, name: nameOr(kept.name) })

/** From package.json: two folders up from the sources and from the bundle alike. */
export function appVersion(): string {
  for (const place of ['../../package.json', '../../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {
        name?: string
        version?: string
      }
      if (found.name === 'handful' && found.version) return found.version
    } catch {
      continue
    }
  }
  return 'unknown'
}
