/** What the program remembers between projects: recent ones and preferences, in <home>/.handful/settings.json. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { readPreferences, type Preferences } from '../../shared/domain/preferences.ts'
import { isProject, writeJson } from '../library/index.ts'

const Settings = z.object({
  recent: z.array(z.object({ folder: z.string(), name: z.string() })).catch([]),
  preferences: z.unknown().transform(readPreferences),
})
type Settings = z.infer<typeof Settings>

const keptProjects = 12
const fileIn = (home: string) => join(home, '.handful', 'settings.json')

/** Newest first; projects whose folder is gone are left out. */
export function recentProjects(home: string): Settings['recent'] {
  return read(home).recent.filter(({ folder }) => isProject(folder))
}

export function rememberProject(home: string, project: { folder: string; name: string }): void {
  const others = read(home).recent.filter(({ folder }) => folder !== project.folder && existsSync(folder))
  change(home, { recent: [{ folder: project.folder, name: project.name }, ...others].slice(0, keptProjects) })
}

export const preferences = (home: string): Preferences => read(home).preferences

export function setPreferences(home: string, wanted: Preferences): Preferences {
  change(home, { preferences: wanted })
  return wanted
}

/** A settings file that can't be written costs a convenience, not the project: the failure is passed over. */
function change(home: string, to: Partial<Settings>): void {
  try {
    mkdirSync(dirname(fileIn(home)), { recursive: true })
    writeJson(fileIn(home), { ...read(home), ...to })
  } catch {
    return
  }
}

function read(home: string): Settings {
  try {
    return Settings.parse(JSON.parse(readFileSync(fileIn(home), 'utf8')))
  } catch {
    return { recent: [], preferences: readPreferences({}) }
  }
}
