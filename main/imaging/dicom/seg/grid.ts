/** Where the frames of a segmentation lie: on a grid of their own, and on the grid of a scan. */
import type { Affine, Geometry, Triple } from '../../../../shared/domain/geometry.ts'
import type { LabelMap, Outcome, Refusal } from '../../../../shared/domain/volume.ts'
import { voxelCount } from '../../../../shared/domain/volume.ts'
import { add, apply, column, fromColumns, invert, scale } from '../../affine.ts'
import { movedWarning, nearestPlane } from '../../between.ts'
import { isUsable, makeGeometry } from '../../geometry.ts'
import { refuse } from '../../refuse.ts'
import type { SlicePlace } from '../format.ts'
import { along, sliceNormal } from '../stack.ts'
import type { Segmentation, SegmentFrame, SegmentMasks } from './read.ts'

/** How far, in voxels, a frame may lie from the voxels of a grid: positions and spacings are stored rounded. */
const voxelWithin = 0.05

const ras = ([x, y, z]: Triple): Triple => [0 - x, 0 - y, z]

/** Voxel (column, row, 0) of a frame to RAS mm; one step along k is 1 mm along the normal. */
function frameAffine({ position, rowDirection, columnDirection, pixelSpacing }: SlicePlace): Affine {
  const normal = sliceNormal({ position, rowDirection, columnDirection, pixelSpacing })
  return fromColumns(
    ras(scale(rowDirection, pixelSpacing[1])),
    ras(scale(columnDirection, pixelSpacing[0])),
    ras(normal),
    ras(position),
  )
}

/** The smallest even grid that holds all frames: rows and columns as stored, planes along their normal. */
export function ownGrid({
  frames,
  rows,
  columns,
  sliceDistance,
  sliceThickness,
}: Segmentation): { ok: true; geometry: Geometry } | Refusal {
  const first = frames[0].place
  const normal = sliceNormal(first)
  const places = frames.map(({ place }) => along(normal, place))
  const sorted = [...places].sort((a, b) => a - b)
  const gaps = sorted.slice(1).map((place, n) => place - sorted[n])
  const wide = gaps.filter((gap) => gap > 5e-3)
  // Slices that hold nothing are often left out, so the least gap may be several slices.
  const fits = (step: number) => gaps.every((gap) => offWhole(gap / step) < 0.05)
  const least = wide.length > 0 ? Math.min(...wide) : (sliceDistance ?? sliceThickness ?? 1)
  const distance = sliceDistance !== undefined && sliceDistance < least && fits(sliceDistance) ? sliceDistance : least
  const last = sorted[sorted.length - 1] - sorted[0]
  const planes = Math.round(last / distance) + 1
  const step = planes > 1 ? last / (planes - 1) : distance
  if (planes > 20_000 || places.some((place) => offWhole((place - sorted[0]) / step) > 0.2))
    return refuse('The frames of the DICOM segmentation do not lie on evenly spaced slices.')
  const lowest = frames[places.indexOf(sorted[0])].place
  const [i, j] = [0, 1].map((axis) => column(frameAffine(lowest), axis))
  const affine = fromColumns(i, j, ras(scale(normal, step)), ras(lowest.position))
  if (!isUsable(affine)) return refuse('The positions in the DICOM segmentation make no sense; it is probably damaged.')
  return { ok: true, geometry: makeGeometry([columns, rows, planes], affine) }
}

/** Which voxels of a grid the pixels of a frame are: index of pixel (0, 0) and what one column and one row adds. */
type Placing = { start: number; perColumn: number; perRow: number }

type AxisStep = { axis: number; sign: number }

/** The axis of a grid along which a step (in voxels) leads by one voxel; undefined where it leads elsewhere. */
function axisStep(step: Triple): AxisStep | undefined {
  const axis = [0, 1, 2].find((n) => Math.abs(Math.abs(step[n]) - 1) < 0.01)
  const others = axis === undefined ? [] : step.filter((_, n) => n !== axis)
  return axis === undefined || others.some((v) => Math.abs(v) > 0.01)
    ? undefined
    : { axis, sign: Math.sign(step[axis]) }
}

/** How a frame lies on a grid, if it does so by an exact permutation of axes; else why not. */
function placing(frame: SegmentFrame, grid: Geometry, rows: number, columns: number): Placing | string {
  const toVoxel = invert(grid.affine)
  const affine = frameAffine(frame.place)
  const corner = apply(toVoxel, apply(affine, [0, 0, 0]))
  const far = apply(toVoxel, apply(affine, [columns - 1, rows - 1, 0]))
  const strides = [1, grid.shape[0], grid.shape[0] * grid.shape[1]]
  const stepOf = (index: Triple) => add(apply(toVoxel, apply(affine, index)), corner, -1)
  const [alongRow, downColumn] = [axisStep(stepOf([1, 0, 0])), axisStep(stepOf([0, 1, 0]))]
  if (!alongRow || !downColumn || alongRow.axis === downColumn.axis)
    return 'its voxels have another size or direction than those of the scan'
  // The plane itself may be further off by rounding than the voxels within it.
  const off = [...corner, ...far].map(offWhole)
  if (Math.max(...off) > Math.max(voxelWithin, 2e-3 / Math.min(...grid.spacing)))
    return 'its slices lie between the voxels of the scan'
  const [from, to] = [corner.map(Math.round), far.map(Math.round)]
  if ([...from, ...to].some((v, n) => v < 0 || v >= grid.shape[n % 3])) return 'it reaches beyond the scan'
  return {
    start: from.reduce((sum, v, axis) => sum + v * strides[axis], 0),
    perColumn: alongRow.sign * strides[alongRow.axis],
    perRow: downColumn.sign * strides[downColumn.axis],
  }
}

/** Each segment as a mask on its own grid: nothing is lost where segments overlap. Values 0…`most`. */
export function segmentMasks(segmentation: Segmentation): ({ ok: true } & SegmentMasks) | Refusal {
  const grid = ownGrid(segmentation)
  if (!grid.ok) return grid
  const { geometry } = grid
  const masks = new Map<number, Uint8Array>()
  const numbers = segmentation.segments.map(({ number }) => number)
  if (voxelCount(geometry) * Math.max(1, numbers.length) > 4 * 2 ** 30)
    return refuse('The DICOM segmentation is too large to be unpacked (more than 4 GB).')
  const maskOf = (segment: number) => {
    if (!masks.has(segment)) masks.set(segment, new Uint8Array(voxelCount(geometry)))
    return masks.get(segment)!
  }
  numbers.forEach(maskOf)
  const problem = paint(segmentation, geometry, (at, value, segment) => {
    if (segment === undefined) maskOf(value)[at] = 1
    else maskOf(segment)[at] = value
  })
  if (problem) return refuse(`The DICOM segmentation has no grid of its own: ${problem}.`)
  return { ok: true, geometry, masks: [...masks].map(([segment, values]) => ({ segment, values })) }
}

/**
 * The segments as one label map on the grid of a scan (its own, or its canonical one): value n is `values[n]`'s segment.
 * Frames must lie on the grid by an exact permutation of axes; nothing is resampled, unless `between` is set: frames that
 * are parallel to slices and lie between them are then taken by the nearest slice, and a warning says so. Where segments overlap the smaller
 * one wins (a lesion over its organ), and a warning says so. Fractions count from one half on.
 */
export function segmentationLabels(
  segmentation: Segmentation,
  grid: Geometry,
  between = false,
): Outcome<{ labels: LabelMap; values: Map<number, string> }> {
  const { segments, most, type } = segmentation
  const warnings: string[] = []
  const sizes = new Map<number, number>()
  const count = (segment: number) => sizes.set(segment, (sizes.get(segment) ?? 0) + 1)
  for (const { segment, values } of segmentation.frames)
    for (const value of values)
      if (segment === undefined ? value > 0 : value * 2 >= most && value > 0) count(segment ?? value)
  const present = [...new Set([...segments.map(({ number }) => number), ...sizes.keys()])]
    .filter((number) => number > 0)
    .sort((a, b) => a - b)
  if (present.length > 254)
    return refuse(`The DICOM segmentation has ${present.length} segments; 254 are the most that can be read.`)
  const keeps = present.every((number) => number >= 1 && number <= 254)
  const valueOf = new Map(present.map((number, n) => [number, keeps ? number : n + 1]))
  if (!keeps) warnings.push('The segments were renumbered from 1, since their numbers go beyond 254.')

  const samples = new Uint8Array(voxelCount(grid))
  const ofValue = new Map([...valueOf].map(([number, value]) => [value, sizes.get(number) ?? 0]))
  let overlapping = 0
  const mark = (at: number, value: number, segment: number | undefined) => {
    if (segment !== undefined && value * 2 < most) return
    const label = valueOf.get(segment ?? value)
    if (label === undefined) return
    const before = samples[at]
    if (before !== 0 && before !== label) {
      overlapping++
      if (ofValue.get(before)! <= ofValue.get(label)!) return
    }
    samples[at] = label
  }
  const moved = between ? paintBetween(segmentation, grid, mark) : undefined
  if (moved !== undefined) warnings.push(movedWarning('slices of the segmentation', moved))
  if (between && moved === undefined) samples.fill(0)
  const problem = moved === undefined ? paint(segmentation, grid, mark) : undefined
  if (problem) return refuse(`The DICOM segmentation does not lie on the voxels of the scan: ${problem}.`)
  if (type === 'FRACTIONAL') warnings.push('The segmentation holds fractions; voxels of one half and more were taken.')
  if (overlapping > 0)
    warnings.push(`${overlapping} voxels belong to more than one segment; they went to the smaller one.`)
  const labelOf = new Map(segments.map(({ number, label }) => [number, label]))
  const values = new Map([...valueOf].map(([number, value]) => [value, labelOf.get(number) || `Segment ${number}`]))
  return { ok: true, labels: { geometry: grid, samples }, values, warnings }
}

/** Calls `voxel` for every pixel above 0 of every frame; returns why a frame does not lie on the grid. */
function paint(
  { frames, rows, columns }: Segmentation,
  grid: Geometry,
  voxel: (at: number, value: number, segment: number | undefined) => void,
): string | undefined {
  for (const frame of frames) {
    // Frames that hold nothing may lie anywhere.
    if (!frame.values.some((value) => value > 0)) continue
    const where = placing(frame, grid, rows, columns)
    if (typeof where === 'string') return where
    for (let row = 0, n = 0; row < rows; row++) {
      let at = where.start + row * where.perRow
      for (let c = 0; c < columns; c++, n++, at += where.perColumn)
        if (frame.values[n] > 0) voxel(at, frame.values[n], frame.segment)
    }
  }
  return undefined
}

/** Frames of one segment that lie at one place along an axis of the grid, and how their pixels lie within the slice. */
type Loose = { frame: SegmentFrame; at: number; corner: Triple; column: AxisStep; row: AxisStep }

/**
 * The same for frames that are parallel to slices of the grid and have its pixels, wherever they lie: each slice takes the
 * nearest frame, each pixel the nearest voxel. How far the furthest was taken, in slices; undefined where they are not so.
 */
function paintBetween(
  { frames, rows, columns }: Segmentation,
  grid: Geometry,
  voxel: (at: number, value: number, segment: number | undefined) => void,
): number | undefined {
  const toVoxel = invert(grid.affine)
  const placed: Loose[] = []
  for (const frame of frames) {
    const affine = frameAffine(frame.place)
    const corner = apply(toVoxel, apply(affine, [0, 0, 0]))
    const step = (index: Triple) => axisStep(add(apply(toVoxel, apply(affine, index)), corner, -1))
    const [column, row] = [step([1, 0, 0]), step([0, 1, 0])]
    if (!column || !row || column.axis === row.axis) return undefined
    placed.push({ frame, at: corner[3 - column.axis - row.axis], corner, column, row })
  }
  const [{ column, row }] = placed
  const through = 3 - column.axis - row.axis
  if (placed.some((one) => one.column.axis !== column.axis || one.row.axis !== row.axis)) return undefined
  const strides = [1, grid.shape[0], grid.shape[0] * grid.shape[1]]
  let furthest = 0
  // Where a slice was left out because it holds nothing of a segment, another segment's frame may still say where it was.
  const places = [...new Set(placed.map(({ at }) => Math.round(at * 50) / 50))].sort((a, b) => a - b)
  const atPlace = Map.groupBy(placed, ({ at }) => Math.round(at * 50) / 50)
  for (let slice = 0; slice < grid.shape[through]; slice++) {
    const nearest = nearestPlane(places, slice)
    if (nearest === undefined) continue
    furthest = Math.max(furthest, Math.abs(places[nearest] - slice))
    for (const { frame, corner, column, row } of atPlace.get(places[nearest])!)
      for (let r = 0, n = 0; r < rows; r++) {
        const j = Math.round(corner[row.axis] + row.sign * r)
        for (let c = 0; c < columns; c++, n++) {
          const i = Math.round(corner[column.axis] + column.sign * c)
          if (frame.values[n] === 0) continue
          // Nothing that was drawn may be lost.
          if (i < 0 || j < 0 || i >= grid.shape[column.axis] || j >= grid.shape[row.axis]) return undefined
          voxel(
            i * strides[column.axis] + j * strides[row.axis] + slice * strides[through],
            frame.values[n],
            frame.segment,
          )
        }
      }
  }
  return furthest
}

const offWhole = (v: number) => Math.abs(v - Math.round(v))
