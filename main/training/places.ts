/**
 * Where structures lie to each other. A network may see a mandible in the vault of a skull it was never shown, and larger than
 * the true one; but it lies twelve centimetres from where the other structures say.
 */
import type { Triple } from '../../shared/domain/geometry.ts'
import { middlesOf } from '../imaging/region.ts'
import { quantile } from './plan.ts'
import { labelledInFull, type PreparedCase } from './prepare.ts'

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
  const scans: (Triple | null)[][] = []
  for (const { label, shape } of labelledInFull(cases)) {
    const centres = middlesOf(label, shape, classes, (k) => (k > 0 && k < classes ? k : -1))
    scans.push(centres.map((at) => at && inMm(at, spacing)))
  }
  const seenIn = (centres: (Triple | null)[]) => centres.filter((centre) => centre !== null).length
  // The first of those that show most: the others are laid over it.
  const [first] = scans.toSorted((a, b) => seenIn(b) - seenIn(a))
  let places: (Triple | null)[] = first ?? Array.from({ length: classes }, () => null)
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
  return [0, 1, 2].map((axis) =>
    quantile(
      all.map((offset) => offset[axis]),
      0.5,
    ),
  ) as Triple
}

/** From voxels. */
export const inMm = (at: Triple, spacing: Triple): Triple => at.map((v, axis) => v * spacing[axis]) as Triple

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
