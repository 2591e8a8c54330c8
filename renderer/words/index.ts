/**
 * Every sentence the page shows comes from here. A second language is a second catalogue of the same type.
 * Figures are written the same way everywhere: a point, a thin unit, no thousands separators in small numbers.
 */
import { en } from './en.ts'

export type Words = typeof en
export const words: Words = en

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
  value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits)

/** "35 × 50 × 35", with thin spaces */
export const times = (values: readonly number[]): string => values.join('\u2009×\u2009')

/** The modality, or nothing where the file does not tell (NIfTI). */
export const modalityWords = (modality: string): string => (modality === 'unknown' ? '' : modality)

/** Spacing in mm without trailing noise: "1 × 1 × 1.5 mm". */
export const spacingWords = (spacing: readonly number[]): string =>
  `${times(spacing.map((v) => Number(v.toPrecision(3))))} ${words.units.millimetres}`
