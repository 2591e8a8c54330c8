/** Distances between the slices of an uneven stack: what is missing, and what can be mended by resampling. */

/** How far, as a share, a gap may be from a whole multiple of the usual one. */
const multipleWithin = 0.2

/** The widest gap (mm) that may be filled in between two slices: anatomy changes too much over more. */
const widestFilled = 12

/** A mended grid may be this many times as large as the slices along a row or a column. */
export const mostMended = 3

export const largestGap = (gaps: readonly number[]) => gaps.reduce((most, gap) => Math.max(most, gap), 0)

/** How many slices are missing, if every gap is a whole multiple of the commonest; 0 where that is not so. */
export function missingSlices(gaps: readonly number[]): number {
  const sorted = [...gaps].sort((a, b) => a - b)
  const usual = sorted[Math.floor(sorted.length / 2)]
  if (sorted[0] < usual * (1 - multipleWithin)) return 0
  const multiples = gaps.map((gap) => gap / usual)
  if (multiples.some((m) => Math.abs(m - Math.round(m)) > multipleWithin)) return 0
  return multiples.reduce((sum, m) => sum + Math.round(m) - 1, 0)
}

/**
 * The slice distance (mm) to resample an uneven stack to; undefined where that would invent too much: gaps above 12 mm,
 * two slices missing in a row, more than a tenth of them missing, or fewer than four slices.
 * Missing slices leave the usual distance; else it is the one that only a tenth of the gaps are below, so that nearly
 * nothing is lost and one slice too close to another does not multiply the rest.
 */
export function mendedSpacing(gaps: readonly number[], missing: number): number | undefined {
  const sorted = [...gaps].sort((a, b) => a - b)
  const usual = sorted[Math.floor(sorted.length / 2)]
  const widest = sorted[sorted.length - 1]
  if (gaps.length < 3 || widest > widestFilled) return undefined
  if (missing > 0) return widest < 2.5 * usual && missing <= 0.1 * gaps.length ? usual : undefined
  const fine = sorted[Math.floor(0.1 * (sorted.length - 1))]
  const extent = gaps.reduce((sum, gap) => sum + gap, 0)
  return Math.max(fine, extent / (4 * gaps.length))
}
