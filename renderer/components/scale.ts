/** Axes of charts: round tick values, linear or logarithmic. */

export interface Axis {
  log: boolean
  low: number
  high: number
  ticks: number[]
  /** Share of the way from low to high, 0..1. */
  place(value: number): number
}

/**
 * An axis over the values. Logarithmic where they are positive and span more than a factor of 20.
 * @param options.tight ends at the highest value, not at the next tick
 */
export function axisFor(
  values: readonly number[],
  options: { fromZero?: boolean; log?: boolean; tight?: boolean } = {},
): Axis {
  const finite = values.filter(Number.isFinite)
  let low = finite.length ? finite.reduce((a, b) => Math.min(a, b)) : 0
  let high = finite.length ? finite.reduce((a, b) => Math.max(a, b)) : 1
  const log = (options.log ?? true) && low > 0 && high / low > 20
  if (log) return logAxis(low, high)
  if (options.fromZero && low > 0) low = 0
  if (high === low) high = low + 1
  const step = roundStep((high - low) / 4)
  low = Math.floor(low / step + 1e-9) * step
  if (!options.tight) high = Math.ceil(high / step - 1e-9) * step
  const ticks = Array.from({ length: Math.floor((high - low) / step + 1e-9) + 1 }, (_, n) => tidy(low + n * step))
  return { log: false, low, high, ticks, place: (v) => (v - low) / (high - low) }
}

function logAxis(low: number, high: number): Axis {
  const first = Math.floor(Math.log10(low))
  const last = Math.ceil(Math.log10(high))
  const ticks = Array.from({ length: last - first + 1 }, (_, n) => tidy(10 ** (first + n)))
  const place = (v: number) => (Math.log10(Math.max(v, 10 ** first)) - first) / (last - first)
  return { log: true, low: 10 ** first, high: 10 ** last, ticks, place }
}

/** 1, 2 or 5 × 10ⁿ, not below `step`. */
function roundStep(step: number): number {
  const ten = 10 ** Math.floor(Math.log10(step))
  return [1, 2, 5, 10].map((f) => f * ten).find((s) => s >= step - 1e-12) ?? 10 * ten
}

const tidy = (value: number) => Number(value.toPrecision(10))

/** A tick in few characters: 0.25, 1500 → "1.5k". */
export function tickWords(value: number): string {
  if (Math.abs(value) >= 1000) return `${tidy(value / 1000)}k`
  return String(tidy(value))
}

export type Point = readonly [x: number, y: number]

/** At most `most` points: the mean of each bucket. */
export function thin(points: readonly Point[], most: number): Point[] {
  if (points.length <= most) return [...points]
  const size = points.length / most
  return Array.from({ length: most }, (_, n) => {
    const part = points.slice(Math.floor(n * size), Math.floor((n + 1) * size))
    return [part[part.length - 1][0], part.reduce((sum, p) => sum + p[1], 0) / part.length] as const
  })
}

/** Mean over a window around each point, `share` of the whole wide: the trend of a noisy curve, without a lag. */
export function smooth(points: readonly Point[], share = 0.06): Point[] {
  const half = Math.max(1, Math.round((points.length * share) / 2))
  const sums = [0]
  for (const [, y] of points) sums.push(sums[sums.length - 1] + y)
  return points.map(([x], n) => {
    // The window shrinks towards the ends, so that they are not bent.
    const reach = Math.min(half, n, points.length - 1 - n)
    return [x, (sums[n + reach + 1] - sums[n - reach]) / (2 * reach + 1)] as const
  })
}
