/**
 * Pictures of what a pretext task shows the network and what it must say: for the Train panel and the docs.
 *
 * A scan is first made small and isotropic (a `Scene`), with grey levels for the eye; then the task draws a sample from it
 * by the geometry of its training samples (without their changes of grey level). No words here: a panel has a role and a
 * plane, the answer has numbers, and whoever shows them has the words.
 */
import type { Random } from '../domain/random.ts'
import type { Volume } from '../domain/volume.ts'

type Triple = [number, number, number]

export type Plane = 'axial' | 'coronal' | 'sagittal'

export type PanelRole =
  /** The scan as it is (rotation, restoration, jigsaw). */
  | 'scan'
  /** What the network sees of it. */
  | 'turned'
  | 'shuffled'
  | 'masked'
  /** Relative location: the tile that the question starts from, and the one whose place is asked for. */
  | 'reference'
  | 'query'
  /** CPC: what the context network reads, what it must foretell, and what it must not take for it. */
  | 'context'
  | 'target'
  | 'distractor'
  /** Exemplar: a crop, another view of it, and another crop. */
  | 'anchor'
  | 'positive'
  | 'negative'

/** One grey image. Radiological convention: patient's right on the left; anterior or superior on top. */
export interface Panel {
  readonly role: PanelRole
  readonly plane: Plane
  readonly width: number
  readonly height: number
  /** width × height grey values 0..255, row by row from the top. */
  readonly grey: Uint8ClampedArray
}

/** The right answer of the sample shown. */
export type Answer =
  /** `index` of `of` rotations; degrees about an axis of the patient, 0 about null for "as it is". */
  | { readonly task: 'rotation'; index: number; of: number; axis: 'x' | 'y' | 'z' | null; degrees: 0 | 90 | -90 | 180 }
  /** order[place] = which tile of the scan stands there. */
  | { readonly task: 'jigsaw'; index: number; of: number; order: readonly number[] }
  /** Where the query lies, seen from the reference: tiles to the patient's right, anterior, superior (each -1, 0, 1). */
  | { readonly task: 'relative-location'; index: number; of: number; offset: readonly [number, number, number] }
  /** Which of `of` candidates is the tile to come: the target is the right one, all others are distractors. */
  | { readonly task: 'cpc'; of: number }
  /** The anchor's code must be closer to the positive's than to the negative's. */
  | { readonly task: 'exemplar' }
  /** Share of the scan that is hidden and must be painted back. */
  | { readonly task: 'restoration'; hidden: number }

export interface TaskPicture {
  /** In reading order; those of one role stand together. */
  readonly panels: readonly Panel[]
  readonly answer: Answer
}

/** A small isotropic scan with grey levels 0..255; x fastest, then y, z (right, anterior, superior). */
export interface Scene {
  readonly size: Triple
  readonly grey: Float32Array
}

/** What a task gives to `pictureOf`. */
export type Picture = (scene: Scene, random: Random) => TaskPicture

/** The scan's first channel as a scene whose longest axis has about `longest` voxels (never more than the scan gives). */
export function sceneOf(volume: Volume, longest = 72): Scene {
  const { shape, spacing } = volume.geometry
  const extent = shape.map((n, axis) => n * spacing[axis])
  const voxel = Math.max(Math.max(...extent) / longest, Math.min(...spacing))
  const size = extent.map((mm) => Math.max(1, Math.round(mm / voxel))) as Triple
  const { low, high } = greyWindow(volume)
  const grey = new Float32Array(size[0] * size[1] * size[2])
  const [nx, ny] = shape
  const source = size.map((n, axis) =>
    Array.from({ length: n }, (_, i) =>
      Math.min(shape[axis] - 1, Math.max(0, Math.floor(((i + 0.5) * shape[axis]) / n))),
    ),
  )
  let at = 0
  for (const z of source[2]) {
    for (const y of source[1]) {
      for (const x of source[0]) {
        const value = volume.samples[x + nx * (y + ny * z)]
        grey[at++] = Number.isFinite(value) ? Math.min(255, Math.max(0, (255 * (value - low)) / (high - low))) : 0
      }
    }
  }
  return { size, grey }
}

/** Values that become black and white: the 1 % and 99 % quantiles of about 20,000 voxels of the first channel. */
function greyWindow({ geometry: { shape }, samples }: Volume): { low: number; high: number } {
  const voxels = shape[0] * shape[1] * shape[2]
  const step = Math.max(1, Math.floor(voxels / 20_000))
  const values: number[] = []
  for (let i = 0; i < voxels; i += step) if (Number.isFinite(samples[i])) values.push(samples[i])
  values.sort((a, b) => a - b)
  const low = values[Math.floor(0.01 * values.length)] ?? 0
  const high = values[Math.floor(0.99 * values.length)] ?? 1
  return { low, high: high > low ? high : low + 1 }
}

/** A box of the scene from `start`; black where it reaches beyond. */
export function cutScene(scene: Scene, start: readonly number[], size: Triple): Scene {
  const grey = new Float32Array(size[0] * size[1] * size[2])
  const [nx, ny, nz] = scene.size
  let to = 0
  for (let z = start[2]; z < start[2] + size[2]; z++) {
    for (let y = start[1]; y < start[1] + size[1]; y++) {
      for (let x = start[0]; x < start[0] + size[0]; x++, to++) {
        if (x < 0 || y < 0 || z < 0 || x >= nx || y >= ny || z >= nz) continue
        grey[to] = scene.grey[x + nx * (y + ny * z)]
      }
    }
  }
  return { size, grey }
}

/** A cube that lies inside the scene at a random place. */
export function drawCube(scene: Scene, random: Random, side = Math.min(...scene.size)): Scene {
  const start = scene.size.map((n) => random.integer(Math.max(0, n - side) + 1))
  return cutScene(scene, start, [side, side, side])
}

const planes: readonly Plane[] = ['axial', 'coronal', 'sagittal']

/** The three planes through the middle of a scene. */
export const middlePlanes = (scene: Scene, role: PanelRole): Panel[] =>
  planes.map((plane) => planeOf(scene, plane, role))

/** One plane of a scene, `at` voxels along its normal (default: the middle). */
export function planeOf({ size, grey }: Scene, plane: Plane, role: PanelRole, at?: number): Panel {
  const [nx, ny, nz] = size
  // Axis across, axis down, axis through; all run against the patient's axes (right, anterior, superior on top or left).
  const [across, down, through] = { axial: [0, 1, 2], coronal: [0, 2, 1], sagittal: [1, 2, 0] }[plane]
  const stride = [1, nx, nx * ny]
  const [width, height] = [size[across], size[down]]
  const base = (at ?? Math.floor([nx, ny, nz][through] / 2)) * stride[through]
  const result = new Uint8ClampedArray(width * height)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      result[row * width + column] =
        grey[base + (width - 1 - column) * stride[across] + (height - 1 - row) * stride[down]]
    }
  }
  return { role, plane, width, height, grey: result }
}

/** Tiles set into an otherwise black scene: `tiles[i]` (all of one size) with its first voxel at `starts[i]`. */
export function composeScene(size: Triple, tiles: readonly Scene[], starts: readonly (readonly number[])[]): Scene {
  const grey = new Float32Array(size[0] * size[1] * size[2])
  tiles.forEach((tile, i) => {
    let from = 0
    const [x0, y0, z0] = starts[i]
    for (let z = 0; z < tile.size[2]; z++) {
      for (let y = 0; y < tile.size[1]; y++) {
        const to = x0 + size[0] * (y0 + y + size[1] * (z0 + z))
        grey.set(tile.grey.subarray(from, from + tile.size[0]), to)
        from += tile.size[0]
      }
    }
  })
  return { size, grey }
}
