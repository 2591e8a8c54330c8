/** Several images at one place of a stack: copies, and volumes that share a series. */
import type { SliceHeader } from './stack.ts'

/** A readable slice: the index of its file, and which picture of it. */
export type Slice = { file: number; frame: number; header: SliceHeader }

/** Leaves out files that are the same image again: same UID, or nothing that tells them apart, at the same place. */
export function uncopied(sorted: Slice[]): Slice[] {
  const seen = new Set<string>()
  return sorted.filter(({ frame, header }) => {
    const where = header.place.position.map((v) => v.toFixed(3)).join()
    const what = [header.instanceNumber, frame, ...Object.values(header.dimensions)].join('|')
    const keys = [`${where} ${header.sopInstance ? `${header.sopInstance}#${frame}` : what}`, `${where} ${what}`]
    if (keys.some((key) => seen.has(key))) return false
    keys.forEach((key) => seen.add(key))
    return true
  })
}

/** Runs of slices within 5e-3 mm of each other along the normal (sorted input). */
export function samePlaces(sorted: readonly Slice[], at: (slice: Slice) => number): Slice[][] {
  const places: Slice[][] = []
  for (const slice of sorted) {
    const place = places.at(-1)
    if (place && at(slice) - at(place[0]) <= 5e-3) place.push(slice)
    else places.push([slice])
  }
  return places
}

/** What tells images of different kinds apart: each kind becomes a volume of its own. All else is one kind over time. */
const kinds = new Set(['imageType', 'echo', 'bValue', 'frameOfReference', 'stack', 'kernel', 'thickness'])

/** One image at each place; `kind` is alike for those that differ in time (or gradient direction) only. */
export type Repetition = { slices: Slice[]; kind: string }

/**
 * Parts slices, of which several share a place, into sets without a shared place. A property parts them where its values
 * make sets that have, together, no more images a place than before; sets that still share places are parted further, by
 * the next property. What no property parts is parted by image number, where every place has as many; else undefined.
 */
export function tellApart(slices: Slice[], at: (slice: Slice) => number, kind = ''): Repetition[] | undefined {
  const places = samePlaces(slices, at)
  const most = Math.max(...places.map((place) => place.length))
  if (most === 1) return [{ slices, kind }]
  const keys = Object.keys(slices[0].header.dimensions)
  for (const key of keys) {
    const sets = groupBy(slices, ({ header }) => header.dimensions[key] ?? '')
    if (sets.length < 2) continue
    const together = sets.reduce((sum, set) => sum + mostAtOnePlace(set, at), 0)
    if (together !== most) continue
    const parts = sets.map((set) =>
      tellApart(set, at, kinds.has(key) ? `${kind}|${key}=${set[0].header.dimensions[key] ?? ''}` : kind),
    )
    if (parts.every((part) => part !== undefined)) return parts.flat()
  }
  const numbered = (place: Slice[]) =>
    place.length === most &&
    place.every(({ header }) => header.instanceNumber !== undefined || header.frames !== undefined)
  if (!places.every(numbered)) return undefined
  return Array.from({ length: most }, (_, n) => ({ slices: places.map((place) => place[n]), kind }))
}

function mostAtOnePlace(sorted: readonly Slice[], at: (slice: Slice) => number): number {
  return Math.max(...samePlaces(sorted, at).map((place) => place.length))
}

/** Lists of the items that share a key, in order of first appearance. */
export function groupBy<T>(list: readonly T[], key: (item: T) => string): T[][] {
  return [...Map.groupBy(list, key).values()]
}
