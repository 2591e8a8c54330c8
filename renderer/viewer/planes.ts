/**
 * Geometry of the three planes. A canonical volume is RAS: index i grows to the patient's right, j to the front, k to
 * the head. The picture is painted in index axes, whatever small or large angle the affine has to the scanner: what one
 * sees are the voxels that are labelled and learnt from, never resampled ones.
 */
export type Index3 = [number, number, number]
export type Plane = 'axial' | 'coronal' | 'sagittal'
export const planes: readonly Plane[] = ['axial', 'coronal', 'sagittal']

/** Index axis that a plane is cut across; `across` runs left to right on screen, `up` bottom to top. */
interface PlaneAxes {
  normal: 0 | 1 | 2
  /** Axes that run along the screen, and whether the index grows to the right / upwards. */
  across: { axis: 0 | 1 | 2; grows: boolean }
  up: { axis: 0 | 1 | 2; grows: boolean }
}

/** Radiological convention: seen from the feet (axial) and from the front (coronal), so the patient's right is on the left. */
export const axesOf: Record<Plane, PlaneAxes> = {
  axial: { normal: 2, across: { axis: 0, grows: false }, up: { axis: 1, grows: true } },
  coronal: { normal: 1, across: { axis: 0, grows: false }, up: { axis: 2, grows: true } },
  sagittal: { normal: 0, across: { axis: 1, grows: false }, up: { axis: 2, grows: true } },
}

export type Side = 'right' | 'left' | 'anterior' | 'posterior' | 'superior' | 'inferior'
const ends: [Side, Side][] = [
  ['left', 'right'],
  ['posterior', 'anterior'],
  ['inferior', 'superior'],
]

/** What lies at the four edges of a plane. */
export function edgesOf(plane: Plane): { left: Side; right: Side; top: Side; bottom: Side } {
  const { across, up } = axesOf[plane]
  const horizontal = ends[across.axis]
  const vertical = ends[up.axis]
  return {
    left: horizontal[across.grows ? 0 : 1],
    right: horizontal[across.grows ? 1 : 0],
    top: vertical[up.grows ? 1 : 0],
    bottom: vertical[up.grows ? 0 : 1],
  }
}

/** The index inside the volume that is nearest to `index`, in whole voxels. */
export function clampIndex(index: readonly number[], shape: readonly number[]): Index3 {
  return [0, 1, 2].map((a) => Math.min(shape[a] - 1, Math.max(0, Math.round(index[a])))) as Index3
}

/**
 * One slice of a map: `width` × `height` samples, x along the plane's `across` axis and y along its `up` axis, both in
 * growing index order (the picture's flips are the painter's concern).
 */
export interface Slice {
  width: number
  height: number
  samples: Uint8Array
}

/** Cuts slice `at` of a map of `shape` [x, y, z], x fastest. */
export function cutSlice(map: Uint8Array, shape: readonly number[], plane: Plane, at: number): Slice {
  const { normal, across, up } = axesOf[plane]
  const stride = [1, shape[0], shape[0] * shape[1]]
  const width = shape[across.axis]
  const height = shape[up.axis]
  const samples = new Uint8Array(width * height)
  const [stepX, stepY] = [stride[across.axis], stride[up.axis]]
  let row = at * stride[normal]
  for (let y = 0, out = 0; y < height; y++, row += stepY)
    for (let x = 0, from = row; x < width; x++, from += stepX) samples[out++] = map[from]
  return { width, height, samples }
}

/** A length in mm that is easy to read (1, 2 or 5 × 10ⁿ) and whose bar is at most `room` pixels wide. */
export function scaleBar(pixelsPerMm: number, room: number): { mm: number; pixels: number } | null {
  if (!(pixelsPerMm > 0) || !Number.isFinite(pixelsPerMm)) return null
  const most = room / pixelsPerMm
  const ten = 10 ** Math.floor(Math.log10(most))
  const mm = [5, 2, 1].map((f) => f * ten).find((v) => v <= most) ?? ten
  return { mm: Number(mm.toPrecision(1)), pixels: mm * pixelsPerMm }
}
