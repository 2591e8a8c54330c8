/** What a person has set about the app itself, kept between projects. */
import { z } from 'zod'

const range = z.tuple([z.number(), z.number()])

/** A display window that a person has named, in the scan's values. */
export const WindowPreset = z.object({ name: z.string().min(1).max(40), window: range })
export type WindowPreset = z.infer<typeof WindowPreset>

/** How scans of one project are shown. */
export const ProjectView = z.object({
  presets: z.array(WindowPreset).max(24),
  /**
   * The display window last set, by modality and channel ("MR-0"). CT: in Hounsfield units. Others, whose values differ from
   * scan to scan: as parts of the window that the program suggests for the scan (0 its low end, 1 its high end).
   */
  windows: z.record(z.string().max(40), range),
})
export type ProjectView = z.infer<typeof ProjectView>

export const Preferences = z.object({
  /** Who saves and decides, as the history shows it; empty: the computer user's name. */
  name: z.string().max(60),
  /** "auto": what the system speaks. */
  language: z.enum(['auto', 'en', 'zh']),
  /** "system": light or dark as the system is. */
  theme: z.enum(['system', 'dark', 'light']),
  /** Keys that were changed, by action (see the page's table of keys). */
  keys: z.record(z.string().max(60), z.array(z.string().max(40)).max(4)),
  /** By project folder. */
  views: z.record(z.string().max(4096), ProjectView),
})
export type Preferences = z.infer<typeof Preferences>

/** What is in force before anything was set. */
const usual: Preferences = { name: '', language: 'auto', theme: 'dark', keys: {}, views: {} }

/** Preferences as an older or a damaged file holds them: what is missing or makes no sense is as usual. */
export function readPreferences(stored: unknown): Preferences {
  const found = Preferences.partial().safeParse(stored)
  return { ...usual, ...(found.success ? found.data : {}) }
}
