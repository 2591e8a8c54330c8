/**
 * Every sentence the page shows comes from here: one catalogue a language, all of the same type.
 * `words` always speaks the present language: what reads it in a template or `computed` follows a change by itself.
 */
import { ref } from 'vue'
import { en } from './en.ts'
import { zh } from './zh.ts'

export type Words = typeof en
export type Language = 'en' | 'zh'

const catalogues: Record<Language, Words> = { en, zh }
/** Names of languages, each in itself. */
export const languageNames: Record<Language, string> = { en: 'English', zh: '简体中文' }
/** As HTML and Intl name them. */
export const languageTags: Record<Language, string> = { en: 'en', zh: 'zh-Hans' }

export const language = ref<Language>('en')

/** The language that the system asks for, where there is a catalogue of it. */
export const systemLanguage = (): Language => (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en')

export const words: Words = follow(() => catalogues[language.value])

/** A view of a part of the catalogue that looks up the present language at each reading, also when it was kept. */
function follow<T extends object>(present: () => T): T {
  const parts = new Map<PropertyKey, object>()
  return new Proxy(present(), {
    get(_, key) {
      const value = Reflect.get(present(), key) as unknown
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
      if (!parts.has(key))
        parts.set(
          key,
          follow(() => Reflect.get(present(), key) as object),
        )
      return parts.get(key)
    },
  })
}

/** Who saved or decided. Before names were kept everybody was "you". */
export const person = (author: string): string => (author === 'you' ? words.labelling.history.unnamed : author)

/** "12 s", "3 min", "1 h 20 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return words.units.seconds(whole)
  const minutes = Math.round(whole / 60)
  if (minutes < 60) return words.units.minutes(minutes)
  const rest = minutes % 60
  return rest ? words.units.hoursMinutes(Math.floor(minutes / 60), rest) : words.units.hours(minutes / 60)
}

/** A number with `digits` decimals, or a dash where there is none. */
export const figure = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined || !Number.isFinite(value)
    ? '–'
    : value.toLocaleString(languageTags[language.value], {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        useGrouping: false,
      })

/** A moment as people of the language write it, to the minute. `iso`: as records hold it. */
export const moment = (iso: string): string =>
  new Date(iso).toLocaleString(languageTags[language.value], { dateStyle: 'medium', timeStyle: 'short' })

/** "35 × 50 × 35", with thin spaces */
export const times = (values: readonly number[]): string => values.join('\u2009×\u2009')

/** The modality, or nothing where the file does not tell (NIfTI). */
export const modalityWords = (modality: string): string => (modality === 'unknown' ? '' : modality)

/** Spacing in mm without trailing noise: "1 × 1 × 1.5 mm". */
export const spacingWords = (spacing: readonly number[]): string =>
  `${times(spacing.map((v) => Number(v.toPrecision(3))))} ${words.units.millimetres}`

/** A moment (ISO 8601) as day and time of the machine's clock: "21 Nov, 10:32". */
export const dayAndTime = (moment: string): string =>
  new Date(moment).toLocaleString(languageTags[language.value], {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  })

/** The time alone, "10:32" or "10:32:05". */
export const clockTime = (moment: string, seconds = false): string =>
  new Date(moment).toLocaleTimeString(languageTags[language.value], {
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' } : {}),
    hour12: false,
  })
