/** Which value of the project's label set a named segment gets. */

export type NamedValue = { value: number; name: string }

/**
 * A value for each segment: that of the project's label of the same name (upper and lower case alike); else the segment's
 * own number where it is free or its label has no name yet ("Label 3"); else the lowest free one. `known` (value to name)
 * grows with them. Returns the segment's number to its value and name.
 */
export function assignValues(
  known: Map<number, string>,
  segments: ReadonlyMap<number, string>,
): Map<number, NamedValue> {
  const given = new Map<number, NamedValue>()
  for (const [number, name] of [...segments].sort(([a], [b]) => a - b)) {
    const same = [...known].find(([, other]) => other.toLowerCase() === name.toLowerCase())
    const value = same?.[0] ?? (isFree(known, number) ? number : lowestFree(known))
    known.set(value, same?.[1] ?? name)
    given.set(number, { value, name: known.get(value)! })
  }
  return given
}

const isFree = (known: ReadonlyMap<number, string>, value: number) =>
  value >= 1 && value <= 254 && (known.get(value) ?? `Label ${value}`) === `Label ${value}`

function lowestFree(known: ReadonlyMap<number, string>): number {
  for (let value = 1; value <= 254; value++) if (isFree(known, value)) return value
  throw new RangeError('The project has 254 labels already; no more can be added.')
}
