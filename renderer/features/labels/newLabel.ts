/** A label that somebody adds in the window. */
import type { Label } from '../../../shared/domain/records.ts'

// Light and dark, warm and cold in turn; told apart by most colour-blind readers (after Okabe & Ito 2008).
const palette = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#d55e00', '#cc79a7', '#0072b2', '#9ad14b', '#b279e0']

/**
 * The set with one label more: the lowest free value (one that was ever used only where no other is left: models may know it
 * under its old name), name, key and colour. null when all 254 values are taken.
 */
export function withNewLabel(
  set: readonly Label[],
  nameOf: (n: number) => string,
  used: readonly number[] = [],
): Label[] | null {
  const free = <T>(candidates: readonly T[], taken: readonly T[]) => candidates.find((one) => !taken.includes(one))
  const numbers = Array.from({ length: 254 }, (_, n) => n + 1)
  const taken = set.map((label) => label.value)
  const value = free(numbers, [...taken, ...used]) ?? free(numbers, taken)
  if (value === undefined) return null
  const names = set.map((label) => label.name.toLowerCase())
  const name = nameOf(numbers.find((n) => n >= value && !names.includes(nameOf(n).toLowerCase())) ?? set.length + 1)
  const keys = set.map((label) => label.key)
  const key =
    free(
      [value, ...numbers].filter((n) => n <= 9),
      keys as number[],
    ) ?? null
  const colors = set.map((label) => label.color)
  const color =
    free(palette.slice((value - 1) % palette.length).concat(palette), colors) ?? palette[value % palette.length]
  return [...set, { value, name, color, key }]
}
