/** Names and colours for labels nobody has named yet. */
import type { Label } from '../../shared/domain/records.ts'

// Light and dark, warm and cold in turn; told apart by most colour-blind readers in the first eight (after Okabe & Ito 2008).
const palette = [
  '#e69f00',
  '#56b4e9',
  '#009e73',
  '#f0e442',
  '#d55e00',
  '#cc79a7',
  '#0072b2',
  '#9ad14b',
  '#b279e0',
  '#ff8fa3',
  '#35c9c3',
  '#c49c6b',
]

/** Adds "Label n" for each value that the set does not have; keys 1-9 go to the first nine. New ones come last. */
export function completeLabels(set: readonly Label[], values: Iterable<number>): Label[] {
  const all = new Map(set.map((label) => [label.value, label]))
  for (const value of [...values].sort((a, b) => a - b)) {
    if (value < 1 || all.has(value)) continue
    const used = new Set([...all.values()].map((label) => label.color))
    const keys = new Set([...all.values()].map((label) => label.key))
    const key = value <= 9 && !keys.has(value) ? value : null
    all.set(value, { value, name: `Label ${value}`, color: distinctColour(value, used), key })
  }
  return [...all.values()]
}

/** The palette first; then hues a golden angle apart, which never come close to one another soon. */
function distinctColour(value: number, used: ReadonlySet<string>): string {
  const free = palette.find((colour, n) => n >= (value - 1) % palette.length && !used.has(colour))
  if (free) return free
  for (let n = value; ; n++) {
    const colour = fromHue((n * 137.508) % 360, [0.45, 0.6, 0.75][n % 3])
    if (!used.has(colour)) return colour
  }
}

/** HSL with saturation 0.65 to "#rrggbb" (CSS Color 4, section 7). */
function fromHue(hue: number, lightness: number): string {
  const chroma = 0.65 * Math.min(lightness, 1 - lightness)
  const part = (n: number) => {
    const k = (n + hue / 30) % 12
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return `#${[0, 8, 4].map((n) => part(n).toString(16).padStart(2, '0')).join('')}`
}
