/**
 * Where structures lie to each other. A network may see a mandible in the vault of a skull it was never shown, and larger than
 * the true one; but it lies twelve centimetres from where the other structures say.
 */
import type { Triple } from '../../shared/domain/geometry.ts'
import { unknownLabel } from './patch.ts'
import { wholeOf, type PreparedCase } from './prepare.ts'

/** Of each class its place in mm, about an origin that all have in common; null where none is known, as for the background. */
export type Places = readonly (Triple | null)[]

/** The knobs, in one place. */
export const placeRules = {
  /** Structures that must be seen to tell where one is missing: the median of two would follow the one that is wrong. */
  least: 3,
  /** Rounds in which scans are laid over each other and the mean place of each structure is found. */
  rounds: 10,
}

/** The mean place of each class in labelled scans, each shifted to fit the others best. Scans labelled in part are left out. */
export function placesOf(cases: readonly PreparedCase[], classes: number, spacing: Triple): (Triple | null)[] {
  const scans = cases.flatMap((one) => {
    const { label } = wholeOf(one)
    return label === null || label.includes(unknownLabel) ? [] : [centresOf(label, one.shape, classes, spacing)]
  })
  let places: (Triple | null)[] = scans[0] ?? Array.from({ length: classes }, () => null)
  for (let round = 0; round < placeRules.rounds; round++) {
    const shifted = scans.map((centres) => {
      const origin = meanOf(offsets(centres, places))
      return origin === null ? null : centres.map((centre) => centre && minus(centre, origin))
    })
    places = places.map((_, k) => meanOf(shifted.map((centres) => centres?.[k]).filter((centre) => !!centre)))
  }
  return places
}

/** Where the origin lies in a scan, by the centres of what was found there; null where too little was. */
export function originIn(centres: Places, places: Places): Triple | null {
  const all = offsets(centres, places)
  if (all.length < placeRules.least) return null
  return [0, 1, 2].map((axis) => median(all.map((offset) => offset[axis]))) as Triple
}

/** In mm. */
export const distance = (a: Triple, b: Triple): number => Math.hypot(...minus(a, b))

export const minus = (a: Triple, b: Triple): Triple => a.map((v, axis) => v - b[axis]) as Triple

const offsets = (centres: Places, places: Places): Triple[] =>
  centres.flatMap((centre, k) => {
    const place = places[k]
    return centre && place ? [minus(centre, place)] : []
  })

function meanOf(points: readonly Triple[]): Triple | null {
  if (points.length === 0) return null
  return [0, 1, 2].map((axis) => points.reduce((sum, p) => sum + p[axis], 0) / points.length) as Triple
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

function centresOf(label: Uint8Array, [nx, ny]: Triple, classes: number, spacing: Triple): (Triple | null)[] {
  const sums = Array.from({ length: classes }, () => [0, 0, 0, 0])
  label.forEach((k, v) => {
    if (k === 0 || k >= classes) return
    const sum = sums[k]
    sum[0] += v % nx
    sum[1] += Math.floor(v / nx) % ny
    sum[2] += Math.floor(v / (nx * ny))
    sum[3]++
  })
  return sums.map(([x, y, z, n]) =>
    n === 0 ? null : ([x, y, z].map((sum, axis) => (sum / n) * spacing[axis]) as Triple),
  )
}
