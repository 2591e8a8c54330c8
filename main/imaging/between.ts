/** Labels that were drawn on planes between the slices of a grid: which plane a slice takes. */

/**
 * For a slice at `at` the index of the plane that it takes, of planes in ascending order; undefined where none is near
 * enough. Between two neighbouring planes the nearer one, as long as no more than one plane is missing between them (as
 * where a lost slice was filled in); beyond the ends as far as half the usual distance of planes.
 */
export function nearestPlane(planes: readonly number[], at: number): number | undefined {
  const usual = usualGap(planes)
  const above = planes.findIndex((plane) => plane >= at)
  const candidates = above < 0 ? [planes.length - 1] : above === 0 ? [0] : [above - 1, above]
  const [first, last] = [candidates[0], candidates[candidates.length - 1]]
  const nearer = at - planes[first] <= planes[last] - at ? first : last
  const best = candidates.length === 1 ? first : nearer
  const isBetween = candidates.length === 2 && planes[last] - planes[first] <= 2.1 * usual
  return isBetween || Math.abs(planes[best] - at) <= usual / 2 + 1e-3 ? best : undefined
}

/** The median distance of neighbours, in slices; 1 where there is a single plane. */
function usualGap(planes: readonly number[]): number {
  const gaps = planes.slice(1).map((plane, n) => plane - planes[n]).sort((a, b) => a - b) // prettier-ignore
  return gaps.length === 0 ? 1 : gaps[Math.floor((gaps.length - 1) / 2)]
}

/** How far (in slices) labels were moved, in words. */
export const movedWarning = (what: string, furthest: number) =>
  `The ${what} lie between the slices of the scan; each slice took the nearest, up to ${furthest.toFixed(2)} slices away. Look the labels over.`
