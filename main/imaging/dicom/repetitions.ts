/** Several images at one place of a stack: copies, and volumes that share a series. */
import type { SliceHeader } from './stack.ts'

/** A readable slice and the index of its file. */
export type Slice = { file: number; header: SliceHeader }

/** Leaves out files that are the same image again: same UID, or nothing that tells them apart, at the same place. */
export function uncopied(sorted: Slice[]): Slice[] {
  const seen = new Set<string>()
  return sorted.filter(({ header }) => {
    const where = header.place.position.map((v) => v.toFixed(3)).join()
    const what = [header.instanceNumber, ...Object.values(header.dimensions)].join('|')
    const keys = [`${where} ${header.sopInstance || what}`, `${where} ${what}`]
    if (keys.some((key) => seen.has(key))) return false
    keys.forEach((key) => seen.add(key))
    return true
  })
}

/** Runs of slices within 5e-3 mm of each other along the normal (sorted input). */
export function samePlaces(sorted: Slice[], at: (slice: Slice) => number): Slice[][] {
  const places: Slice[][] = []
  for (const slice of sorted) {
    const place = places.at(-1)
    if (place && at(slice) - at(place[0]) <= 5e-3) place.push(slice)
    else places.push([slice])
  }
  return places
}

/**
 * `most` volumes from slices of which up to `most` share a place: by the first property (or pair of them) whose values
 * part them into that many sets without a shared place; else, where every place has as many, by image number.
 */
export function tellApart(slices: Slice[], places: Slice[][], most: number): Slice[][] | undefined {
  const keys = Object.keys(slices[0].header.dimensions)
  const placeOf = new Map(places.flatMap((place, n) => place.map((slice) => [slice.file, n] as const)))
  const candidates = [...keys.map((key) => [key]), ...keys.flatMap((a, n) => keys.slice(n + 1).map((b) => [a, b]))]
  for (const by of candidates) {
    const sets = groupBy(slices, ({ header }) => by.map((key) => header.dimensions[key]).join('|'))
    const clean = (set: Slice[]) => new Set(set.map(({ file }) => placeOf.get(file))).size === set.length
    if (sets.length === most && sets.every(clean)) return sets
  }
  if (places.some((place) => place.length !== most || place.some(({ header }) => header.instanceNumber === undefined)))
    return undefined
  return Array.from({ length: most }, (_, n) => places.map((place) => place[n]))
}

/** Lists of the items that share a key, in order of first appearance. */
export function groupBy<T>(list: readonly T[], key: (item: T) => string): T[][] {
  return [...Map.groupBy(list, key).values()]
}
