/** Language, theme and what else a person has set: in force at once, kept by the program, mirrored here for the next start. */
import { computed, shallowRef, watchEffect } from 'vue'
import { readPreferences, type Preferences, type ProjectView } from '../../shared/domain/preferences.ts'
import { request } from '../api/index.ts'
import { language, languageTags, systemLanguage } from '../words/index.ts'
import { attempt } from './notices.ts'

/** The page's own copy, so that the first frame has the right colours and words. */
const mirror = 'handful.preferences'

export const preferences = shallowRef<Preferences>(readMirror())

const bright = matchMedia('(prefers-color-scheme: light)')
const systemIsLight = shallowRef(bright.matches)
bright.addEventListener('change', () => (systemIsLight.value = bright.matches))

export const theme = computed<'dark' | 'light'>(() => {
  const { theme } = preferences.value
  return theme === 'system' ? (systemIsLight.value ? 'light' : 'dark') : theme
})

watchEffect(() => {
  language.value = preferences.value.language === 'auto' ? systemLanguage() : preferences.value.language
  document.documentElement.lang = languageTags[language.value]
  document.documentElement.dataset.theme = theme.value
})

/** Once connected: what the program has kept counts. */
export async function loadPreferences(): Promise<void> {
  preferences.value = await request('preferences.get', undefined)
  writeMirror()
}

/** Settings go to the program one after the other: the last one counts. */
let sent: Promise<unknown> = Promise.resolve()

/** Sets some of them, at once here and then in the program. */
export async function changePreferences(to: Partial<Preferences>): Promise<void> {
  preferences.value = { ...preferences.value, ...to }
  writeMirror()
  sent = sent.then(() => attempt(() => request('preferences.set', preferences.value)))
  await sent
}

const usualView: ProjectView = { presets: [], windows: {} }
export const viewOf = (folder: string | undefined): ProjectView =>
  (folder !== undefined && preferences.value.views[folder]) || usualView

export function changeView(folder: string, to: Partial<ProjectView>): void {
  const { views } = preferences.value
  void changePreferences({ views: { ...views, [folder]: { ...viewOf(folder), ...to } } })
}

function readMirror(): Preferences {
  try {
    return readPreferences(JSON.parse(localStorage.getItem(mirror) ?? '{}'))
  } catch {
    return readPreferences({})
  }
}

function writeMirror(): void {
  try {
    localStorage.setItem(mirror, JSON.stringify(preferences.value))
  } catch {
    // A full store costs a flash of the wrong colours, no more.
  }
}
