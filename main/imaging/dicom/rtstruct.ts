/** RTSTRUCT contours (PS3.3 C.8.8.5 and C.8.8.6) as label maps. */
import type { Geometry, Triple } from '../../../shared/domain/geometry.ts'
import type { LabelMap, Outcome, Refusal } from '../../../shared/domain/volume.ts'
import { voxelCount } from '../../../shared/domain/volume.ts'
import { apply, invert } from '../affine.ts'
import { movedWarning, nearestPlane } from '../between.ts'
import type { Inflate } from '../bytes.ts'
import { refuse } from '../refuse.ts'
import type { Dataset } from './dataset.ts'
import { parseDataset } from './dataset.ts'

export type Roi = {
  number: number
  name: string
  color: [number, number, number] | undefined
  /** Closed contours: points in RAS mm, one after the other. */
  contours: Float64Array[]
  /** Open contours and points, which enclose nothing. */
  open: number
}

export type StructureSet = {
  rois: Roi[]
  studyUid: string
  frameOfReference: string
  sourceSeries: string[]
  sourceInstances: string[]
}

export const isStructureSet = (sopClass: string) => sopClass === '1.2.840.10008.5.1.4.1.1.481.3'

/** Reads an RTSTRUCT. Refuses, never throws, on bad bytes. */
export async function readStructureSet(
  bytes: Uint8Array,
  options: { inflate?: Inflate } = {},
): Promise<{ ok: true; structures: StructureSet } | Refusal> {
  const parsed = await parseDataset(bytes, options.inflate)
  if (!parsed.ok) return parsed
  const { dataset } = parsed
  const named = dataset.items('x30060020')
  const drawn = dataset.items('x30060039')
  if (named.length === 0) return refuse('The RTSTRUCT names no structures; it is empty or damaged.', dataset.broken)
  const rois = named.map((item): Roi => {
    const number = item.decimal('x30060022') ?? 0
    const own = drawn.find((roi) => roi.decimal('x30060084') === number)
    const color = own?.decimals('x3006002a')
    const contours = own?.items('x30060040') ?? []
    const closed = contours.filter((contour) => contour.text('x30060042').startsWith('CLOSED'))
    return {
      number,
      name: item.display('x30060026') || `ROI ${number}`,
      color: color?.length === 3 ? (color as [number, number, number]) : undefined,
      contours: closed.flatMap((contour) => points(contour) ?? []),
      open: contours.length - closed.length,
    }
  })
  return { ok: true, structures: { rois, studyUid: dataset.text('x0020000d'), ...sources(dataset, drawn) } }
}

/** Contour Data (x\y\z\…, LPS mm) as RAS; undefined where it is no list of at least three points. */
function points(contour: Dataset): Float64Array | undefined {
  const bytes = contour.bytesOf('x30060050')
  if (!bytes) return undefined
  const values = new TextDecoder('latin1').decode(bytes).replaceAll('\0', '').split('\\')
  if (values.length < 9 || values.length % 3 !== 0) return undefined
  const out = Float64Array.from(values, (text, n) => (n % 3 < 2 ? -Number(text) : Number(text)))
  return out.every(Number.isFinite) ? out : undefined
}

function sources(dataset: Dataset, drawn: Dataset[]) {
  const series = new Set<string>()
  const instances = new Set<string>()
  let frameOfReference = dataset.text('x00200052')
  for (const frame of dataset.items('x30060010')) {
    frameOfReference ||= frame.text('x00200052')
    for (const study of frame.items('x30060012'))
      for (const item of study.items('x30060014')) {
        series.add(item.text('x0020000e'))
        for (const image of item.items('x30060016')) instances.add(image.text('x00081155'))
      }
  }
  for (const roi of drawn)
    for (const contour of roi.items('x30060040'))
      for (const image of contour.items('x30060016')) instances.add(image.text('x00081155'))
  return { frameOfReference, sourceSeries: [...series], sourceInstances: [...instances] }
}

/** How far, in slices, a contour may lie from a slice of the scan. */
const sliceWithin = 0.1

/**
 * The structures as a label map on the grid of a scan: value n is the n-th structure that encloses anything. A voxel is
 * inside where its centre is, by even-odd over all contours of a structure on its slice (a contour within another is a
 * hole). Contours must lie in slices of the grid, along any of its axes; where `between` is set they may lie between them
 * as well (a scan that was resampled to even slices): each slice takes the nearest contours, and a warning says so.
 */
export function structureLabels(
  { rois }: StructureSet,
  grid: Geometry,
  between = false,
): Outcome<{ labels: LabelMap; values: Map<number, string> }> {
  const toVoxel = invert(grid.affine)
  const warnings: string[] = []
  const samples = new Uint8Array(voxelCount(grid))
  const values = new Map<number, string>()
  const masks: { value: number; voxels: Set<number> }[] = []
  const closed = rois.filter(({ contours }) => contours.length > 0)
  if (closed.length === 0) return refuse('The RTSTRUCT holds no closed contours, so nothing could be filled.')
  if (closed.length > 254)
    return refuse(`The RTSTRUCT has ${closed.length} structures; 254 are the most that can be read.`)
  let outside = 0
  let furthest = 0
  for (const [n, { name, contours }] of closed.entries()) {
    const voxels = new Set<number>()
    const placed = contours.map((contour) => inVoxels(contour, toVoxel))
    const off = placed.find((points) => flatAxis(points) === undefined)
    if (off && !between)
      return refuse(`The contours of the RTSTRUCT do not lie in the slices of the scan (${plane(off)}).`)
    if (off) {
      const moved = fillBetween(placed, grid.shape, voxels)
      if (moved === undefined) return refuse('The contours of the RTSTRUCT are not parallel to the slices of the scan.')
      furthest = Math.max(furthest, moved)
    } else
      for (const points of placed) {
        const axis = flatAxis(points)!
        const slice = Math.round(points[0][axis])
        if (slice < 0 || slice >= grid.shape[axis]) outside++
        else outside += fill(points, axis, slice, grid.shape, voxels) ? 0 : 1
      }
    values.set(n + 1, name)
    masks.push({ value: n + 1, voxels })
  }
  if (outside === closed.reduce((sum, { contours }) => sum + contours.length, 0))
    return refuse('All contours of the RTSTRUCT lie outside the scan.')
  if (furthest > 0) warnings.push(movedWarning('contours', furthest))
  if (outside > 0)
    warnings.push(`${outside} contours lie outside the scan or enclose no voxel's centre; they were left out.`)
  // The smaller structure wins where two overlap: an organ within the outline of the body.
  let overlapping = 0
  for (const { value, voxels } of masks.sort((a, b) => b.voxels.size - a.voxels.size))
    for (const at of voxels) {
      if (samples[at] !== 0) overlapping++
      samples[at] = value
    }
  if (overlapping > 0)
    warnings.push(`${overlapping} voxels lie in more than one structure; they went to the smaller one.`)
  const open = rois.reduce((sum, roi) => sum + roi.open, 0)
  if (open > 0) warnings.push(`${open} points or open contours enclose nothing and were left out.`)
  return { ok: true, labels: { geometry: grid, samples }, values, warnings }
}

function inVoxels(contour: Float64Array, toVoxel: ReturnType<typeof invert>): Triple[] {
  return Array.from({ length: contour.length / 3 }, (_, n) =>
    apply(toVoxel, [contour[3 * n], contour[3 * n + 1], contour[3 * n + 2]]),
  )
}

/** The axis along which all points lie on one slice. */
function flatAxis(points: Triple[]): number | undefined {
  return [2, 1, 0].find((axis) => {
    const slice = Math.round(points[0][axis])
    return points.every((point) => Math.abs(point[axis] - slice) <= sliceWithin)
  })
}

/** The same for contours anywhere along one axis; how far the furthest was taken, undefined where they are not flat. */
function fillBetween(contours: Triple[][], shape: Triple, voxels: Set<number>): number | undefined {
  const spread = (points: Triple[], axis: number) => {
    const values = points.map((point) => point[axis])
    return Math.max(...values) - Math.min(...values)
  }
  const axis = [2, 1, 0].find((one) => contours.every((points) => spread(points, one) <= sliceWithin))
  if (axis === undefined) return undefined
  const planes = Map.groupBy(contours, ([point]) => Math.round(point[axis] * 50) / 50)
  const places = [...planes.keys()].sort((a, b) => a - b)
  let furthest = 0
  for (let slice = 0; slice < shape[axis]; slice++) {
    const nearest = nearestPlane(places, slice)
    if (nearest === undefined) continue
    furthest = Math.max(furthest, Math.abs(places[nearest] - slice))
    for (const points of planes.get(places[nearest])!) fill(points, axis, slice, shape, voxels)
  }
  return furthest
}

function plane(points: Triple[]): string {
  const off = [0, 1, 2].map((axis) => Math.max(...points.map((p) => Math.abs(p[axis] - Math.round(points[0][axis])))))
  return `up to ${Math.min(...off).toFixed(2)} of a slice away`
}

/** Flips the voxels whose centres a polygon encloses (even-odd, scan lines); whether there were any. */
function fill(points: Triple[], axis: number, slice: number, shape: Triple, voxels: Set<number>): boolean {
  const [u, v] = [0, 1, 2].filter((n) => n !== axis)
  const strides = [1, shape[0], shape[0] * shape[1]]
  const low = Math.max(0, Math.ceil(Math.min(...points.map((p) => p[v]))))
  const high = Math.min(shape[v] - 1, Math.floor(Math.max(...points.map((p) => p[v]))))
  let any = false
  for (let row = low; row <= high; row++) {
    const crossings: number[] = []
    for (let n = 0; n < points.length; n++) {
      const [a, b] = [points[n], points[(n + 1) % points.length]]
      // Half open, so that a corner on the line counts once.
      if (a[v] <= row !== b[v] <= row) crossings.push(a[u] + ((row - a[v]) / (b[v] - a[v])) * (b[u] - a[u]))
    }
    crossings.sort((a, b) => a - b)
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const last = Math.min(shape[u] - 1, Math.ceil(crossings[pair + 1]) - 1)
      for (let at = Math.max(0, Math.ceil(crossings[pair])); at <= last; at++) {
        const voxel = at * strides[u] + row * strides[v] + slice * strides[axis]
        if (!voxels.delete(voxel)) voxels.add(voxel)
        any = true
      }
    }
  }
  return any
}
