/** Whether slices make a right-angled, evenly spaced stack, and where it lies. */
import type { Geometry, Triple } from '../../../shared/domain/geometry.ts'
import { add, cross, dot, fromColumns, length, normalise, scale } from '../affine.ts'
import { isUsable, makeGeometry } from '../geometry.ts'
import { refuse } from '../refuse.ts'
import type { Refusal } from '../../../shared/domain/volume.ts'
import type { SlicePlace } from './format.ts'
import type { DicomHeader } from './header.ts'
import type { Tile } from './mosaic.ts'
import type { Mend } from './mend.ts'
import { largestGap, mendedSpacing, missingSlices, mostMended } from './spacing.ts'

/** A header of a slice that can be read: it knows its place and its pixels. */
export type SliceHeader = DicomHeader & {
  place: SlicePlace
  pixels: NonNullable<DicomHeader['pixels']>
  /** The part of the stored picture, where the slice is not all of it. */
  tile?: Tile
}

/** Voxels of one slice along a row and down a column. */
export function sliceSize({ tile, columns, rows }: SliceHeader): { columns: number; rows: number } {
  return tile ?? { columns, rows }
}

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

export type Stack = { ok: true; geometry: Geometry; mend: Mend | undefined; warnings: string[] }

/**
 * The grid (RAS) of slices sorted along their normal, no two at one place, all of one size and orientation; or why they
 * do not make one. Voxel i runs along a row, j down a column, k through the slices. Slices that are shifted by a tilted
 * gantry or unevenly spaced get a right-angled, even grid, and `mend` says how to resample them onto it.
 */
export function stackGeometry(slices: readonly SliceHeader[]): Stack | Refusal {
  const first = slices[0]
  const { place } = first
  const { columns, rows } = sliceSize(first)
  if (slices.length === 1) {
    const warnings: string[] = []
    const distance = first.spacingBetweenSlices ?? first.sliceThickness
    if (distance === undefined) warnings.push('The file does not say how thick its slice is; 1 mm is assumed.')
    warnings.push('The series is a single slice.')
    return grid(place, place.position, scale(sliceNormal(place), distance ?? 1), [columns, rows, 1], warnings)
  }
  const through = throughSlices(slices)
  if (!through.ok) return through
  const { warnings } = through
  if (slices.length === 2) warnings.push('The series has two slices only.')
  if (!through.spacing) return grid(place, place.position, through.step, [columns, rows, slices.length], warnings)
  return mended(slices, through.spacing, warnings)
}

function grid(
  { rowDirection, columnDirection, pixelSpacing }: SlicePlace,
  corner: Triple,
  step: Triple,
  shape: Triple,
  warnings: string[],
  mend?: Mend,
): Stack | Refusal {
  const lps = fromColumns(scale(rowDirection, pixelSpacing[1]), scale(columnDirection, pixelSpacing[0]), step, corner)
  const ras = [lps[0].map((v) => 0 - v), lps[1].map((v) => 0 - v), lps[2], lps[3]] as typeof lps
  if (!isUsable(ras)) return refuse('The positions of the slices make no sense; the files are probably damaged.')
  return { ok: true, geometry: makeGeometry(shape, ras), mend, warnings }
}

/** A right-angled grid with about `spacing` mm through the slices, large enough for all of them. */
function mended(slices: readonly SliceHeader[], spacing: number, warnings: string[]): Stack | Refusal {
  const { place } = slices[0]
  const { columns, rows } = sliceSize(slices[0])
  const normal = sliceNormal(place)
  const from = slices.map((slice) => add(slice.place.position, place.position, -1))
  const steady = (list: number[]) => (list.every((v) => Math.abs(v) < 0.01) ? list.map(() => 0) : list)
  const u = steady(from.map((d) => dot(d, place.rowDirection) / place.pixelSpacing[1]))
  const v = steady(from.map((d) => dot(d, place.columnDirection) / place.pixelSpacing[0]))
  const w = from.map((d) => dot(d, normal))
  const steps = Math.max(1, Math.round(w[w.length - 1] / spacing))
  const distance = w[w.length - 1] / steps
  const [left, top] = [Math.floor(Math.min(...u) + 1e-6), Math.floor(Math.min(...v) + 1e-6)]
  const mend: Mend = {
    columns,
    rows,
    x: u.map((value) => value - left),
    y: v.map((value) => value - top),
    z: w.map((value) => value / distance),
  }
  const shape: Triple = [
    columns + Math.ceil(Math.max(...mend.x) - 1e-6),
    rows + Math.ceil(Math.max(...mend.y) - 1e-6),
    steps + 1,
  ]
  if (shape[0] > mostMended * columns || shape[1] > mostMended * rows)
    return refuse('The slices are shifted too far against each other to make one volume.', shape.join(' × '))
  const across = add(place.position, scale(place.rowDirection, left * place.pixelSpacing[1]))
  const corner = add(across, scale(place.columnDirection, top * place.pixelSpacing[0]))
  return grid(place, corner, scale(normal, distance), shape, warnings, mend)
}

type Through = { ok: true; step: Triple; spacing: number | undefined; warnings: string[] }

/** The mean step from slice to slice; with `spacing` where the slices must be resampled to that distance. */
function throughSlices(slices: readonly SliceHeader[]): Through | Refusal {
  const normal = sliceNormal(slices[0].place)
  const places = slices.map((slice) => along(normal, slice.place))
  const last = slices.length - 1
  const origin = slices[0].place.position
  const step = scale(add(slices[last].place.position, origin, -1), 1 / last)
  const distance = (places[last] - places[0]) / last

  const gaps = places.slice(1).map((place, n) => place - places[n])
  const uneven = places.some((place, n) => Math.abs(place - places[0] - n * distance) > evenWithin * distance)
  const lean = (Math.acos(Math.min(1, distance / length(step))) * 180) / Math.PI
  const [least, most] = [Math.min(...gaps).toFixed(2), largestGap(gaps).toFixed(2)]
  const detail = `${slices.length} slices, distances ${least} to ${most} mm, lean ${lean.toFixed(2)}°`
  const tilt =
    lean > straightWithin
      ? `the gantry was tilted by ${lean.toFixed(1)}°, so the slices are shifted against each other`
      : undefined

  const strays = slices.some((slice, n) => {
    const off = add(add(slice.place.position, origin, -1), step, -(places[n] - places[0]) / distance)
    return length(add(off, normal, -dot(off, normal))) > Math.max(0.05, 0.25 * Math.min(...slice.place.pixelSpacing))
  })
  if (strays)
    return refuse('The slices are shifted against each other sideways, so they do not make one volume.', detail)
  if (lean > 45) return refuse('The slices are shifted against each other too far to make one volume.', detail)

  const missing = uneven ? missingSlices(gaps) : 0
  const count = `${missing} ${missing === 1 ? 'slice is' : 'slices are'} missing between the others`
  const spaced = missing ? count : `the slices are ${least} to ${most} mm apart, not evenly spaced`
  if (uneven) {
    const spacing = mendedSpacing(gaps, missing)
    if (spacing === undefined) {
      const cure = missing ? 'copy the series again in full' : 'have it reconstructed with even spacing'
      return refuse(`This is no even stack: ${spaced}${tilt ? `, and ${tilt}` : ''}. Please ${cure}.`, detail)
    }
    const causes = [spaced, ...(tilt ? [tilt] : [])].join(', and ')
    const filled = missing ? 'filled in between their neighbours' : 'resampled to even distances'
    const straightened = tilt ? ' on a right-angled grid' : ''
    return { ok: true, step, spacing, warnings: [sentence(`${causes}; they were ${filled}${straightened}.`)] }
  }
  if (tilt)
    return {
      ok: true,
      step,
      spacing: distance,
      warnings: [sentence(`${tilt}; they were resampled onto a right-angled grid.`)],
    }
  return { ok: true, step, spacing: undefined, warnings: [] }
}

const sentence = (text: string) => text[0].toUpperCase() + text.slice(1)
