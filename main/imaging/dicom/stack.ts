/** Whether slices make a right-angled, evenly spaced stack, and where it lies. */
import type { Geometry, Triple } from '../../../shared/domain/geometry.ts'
import { add, cross, dot, fromColumns, length, normalise, scale } from '../affine.ts'
import { isUsable, makeGeometry } from '../geometry.ts'
import { refuse } from '../refuse.ts'
import type { Refusal } from '../../../shared/domain/volume.ts'
import type { SlicePlace } from './format.ts'
import type { DicomHeader } from './header.ts'

/** A header of a slice that can be read: it knows its place and its pixels. */
export type SliceHeader = DicomHeader & { place: SlicePlace; pixels: NonNullable<DicomHeader['pixels']> }

/** How far, as a share of the slice distance, a slice may lie from its even place: positions are stored rounded. */
const evenWithin = 0.1
/** Degrees by which the line through the slices' corners may lean from their normal: rounding, not gantry tilt. */
const straightWithin = 0.2

/** The slices' common normal (LPS): across the rows and down the columns. */
export function sliceNormal(place: SlicePlace): Triple {
  return normalise(cross(place.rowDirection, place.columnDirection))
}

/** Where a slice lies along a normal, mm. */
export function along(normal: Triple, place: SlicePlace): number {
  return dot(normal, place.position)
}

/**
 * The grid (RAS) of slices sorted along their normal, no two at one place, all of one size and orientation; or why they
 * do not make one. Voxel i runs along a row, j down a column, k through the slices.
 */
export function stackGeometry(
  slices: readonly SliceHeader[],
): { ok: true; geometry: Geometry; warnings: string[] } | Refusal {
  const first = slices[0]
  const { rowDirection, columnDirection, pixelSpacing, position } = first.place
  const warnings: string[] = []
  let step: Triple
  if (slices.length === 1) {
    const distance = first.spacingBetweenSlices ?? first.sliceThickness
    if (distance === undefined) warnings.push('The file does not say how thick its slice is; 1 mm is assumed.')
    warnings.push('The series is a single slice.')
    step = scale(sliceNormal(first.place), distance ?? 1)
  } else {
    const stacked = throughSlices(slices)
    if (!stacked.ok) return stacked
    step = stacked.step
    if (slices.length === 2) warnings.push('The series has two slices only.')
  }
  const lps = fromColumns(scale(rowDirection, pixelSpacing[1]), scale(columnDirection, pixelSpacing[0]), step, position)
  const ras = [lps[0].map((v) => 0 - v), lps[1].map((v) => 0 - v), lps[2], lps[3]] as typeof lps
  if (!isUsable(ras)) return refuse('The positions of the slices make no sense; the files are probably damaged.')
  return { ok: true, geometry: makeGeometry([first.columns, first.rows, slices.length], ras), warnings }
}

/** The mean step from slice to slice, if all steps are that step. */
function throughSlices(slices: readonly SliceHeader[]): { ok: true; step: Triple } | Refusal {
  const normal = sliceNormal(slices[0].place)
  const places = slices.map((slice) => along(normal, slice.place))
  const last = slices.length - 1
  const origin = slices[0].place.position
  const step = scale(add(slices[last].place.position, origin, -1), 1 / last)
  const distance = (places[last] - places[0]) / last

  const gaps = places.slice(1).map((place, n) => place - places[n])
  const uneven = places.some((place, n) => Math.abs(place - places[0] - n * distance) > evenWithin * distance)
  const lean = (Math.acos(Math.min(1, distance / length(step))) * 180) / Math.PI
  const detail = `${slices.length} slices, distances ${Math.min(...gaps).toFixed(3)} to ${Math.max(...gaps).toFixed(3)} mm, lean ${lean.toFixed(2)}°`
  const tilt =
    lean > straightWithin
      ? `the gantry was tilted by ${lean.toFixed(1)}°, so the slices are shifted against each other`
      : undefined
  if (uneven) {
    const missing = missingSlices(gaps)
    const spaced = missing
      ? `${missing} ${missing === 1 ? 'slice is' : 'slices are'} missing between the others`
      : `the slices are ${Math.min(...gaps).toFixed(2)} to ${Math.max(...gaps).toFixed(2)} mm apart, not evenly spaced`
    const cure = missing ? 'copy the series again in full' : 'have it reconstructed with even spacing'
    return refuse(`This is no even stack: ${spaced}${tilt ? `, and ${tilt}` : ''}. Please ${cure}.`, detail)
  }
  if (tilt)
    return refuse(
      `This is no right-angled stack: ${tilt}; this version does not correct that yet. Please have it reconstructed without tilt.`,
      detail,
    )

  const strays = slices.some((slice, n) => {
    const off = add(add(slice.place.position, origin, -1), step, -n)
    return length(add(off, normal, -dot(off, normal))) > Math.max(0.05, 0.25 * Math.min(...slice.place.pixelSpacing))
  })
  if (strays)
    return refuse('The slices are shifted against each other sideways, so they do not make one volume.', detail)
  return { ok: true, step }
}

/** How many slices are missing, if every gap is a whole multiple of the commonest; 0 where that is not so. */
function missingSlices(gaps: number[]): number {
  const sorted = [...gaps].sort((a, b) => a - b)
  const usual = sorted[Math.floor(sorted.length / 2)]
  const smallest = sorted[0]
  if (smallest < usual * (1 - 2 * evenWithin)) return 0
  const multiples = gaps.map((gap) => gap / usual)
  if (multiples.some((m) => Math.abs(m - Math.round(m)) > 2 * evenWithin)) return 0
  return multiples.reduce((sum, m) => sum + Math.round(m) - 1, 0)
}
