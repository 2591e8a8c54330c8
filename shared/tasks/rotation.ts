/**
 * 3D rotation as a pretext task: the network is shown a scan turned by one of a few rotations and must say by which.
 * Taleb et al., NeurIPS 2020, section 3.4: identity and ±90° and 180° about each axis, 10 distinct proper rotations.
 *
 * The `handful` recipe turns without interpolation (axis swaps and flips), after bringing every scan to RAS, and crops
 * inside the scan, so that neither resampling blur nor the border gives the answer away.
 */
import type { Random } from '../domain/random.ts'
import { drawCube, middlePlanes, type Picture } from './picture.ts'

/** Result axis n runs along source axis `axes[n]` (0 x, 1 y, 2 z), backwards where `flips[n]`. */
export interface Rotation {
  /** What happens to the anatomy: degrees about x (right), y (anterior) or z (superior), by the right-hand rule. */
  readonly axis: 'x' | 'y' | 'z' | null
  readonly degrees: 0 | 90 | -90 | 180
  readonly axes: readonly [number, number, number]
  readonly flips: readonly [boolean, boolean, boolean]
}

const no = false
const yes = true

export const rotations: readonly Rotation[] = [
  { axis: null, degrees: 0, axes: [0, 1, 2], flips: [no, no, no] },
  { axis: 'x', degrees: 180, axes: [0, 1, 2], flips: [no, yes, yes] },
  { axis: 'y', degrees: 180, axes: [0, 1, 2], flips: [yes, no, yes] },
  { axis: 'z', degrees: 180, axes: [0, 1, 2], flips: [yes, yes, no] },
  { axis: 'x', degrees: 90, axes: [0, 2, 1], flips: [no, yes, no] },
  { axis: 'x', degrees: -90, axes: [0, 2, 1], flips: [no, no, yes] },
  { axis: 'y', degrees: 90, axes: [2, 1, 0], flips: [no, no, yes] },
  { axis: 'y', degrees: -90, axes: [2, 1, 0], flips: [yes, no, no] },
  { axis: 'z', degrees: 90, axes: [1, 0, 2], flips: [yes, no, no] },
  { axis: 'z', degrees: -90, axes: [1, 0, 2], flips: [no, yes, no] },
]

/** Those within a slice: identity, 180°, 90° and -90° about z. */
export const planarRotations = rotations.filter((r) => r.axis === null || r.axis === 'z')

/**
 * Of the released code: configs/train/rotation_3d.json. The whole cube is turned; batch: scans. All ten rotations.
 * 2D (rotation_2d_pancreas.json): slices, and the four rotations of a slice.
 */
export const rotationPaper = { batch: 4, rate: 1e-4, planar: { batch: 64, rate: 1e-5 } }

/**
 * The rotations that a grid of this spacing (mm) allows; within a slice (2D) the four about z. A turn that swaps a fine axis with a coarse one would be betrayed
 * by the blur of the coarse axis, so it is left out where the two differ by more than a quarter.
 */
export function rotationsFor(spacing: readonly [number, number, number], planar = false): readonly Rotation[] {
  const alike = (a: number, b: number) => Math.max(spacing[a], spacing[b]) <= 1.25 * Math.min(spacing[a], spacing[b])
  const possible = planar ? planarRotations : rotations
  return possible.filter((r) => r.axes.every((source, axis) => alike(source, axis)))
}

/** Accuracy of guessing. */
export const rotationChance = (classes: number): number => 1 / classes

/**
 * Turns a cube, or a square of one slice about z. source, result: voxels of the same `size` [x, y, z] with `channels` values,
 * channels fastest, then x, y, z; they must not overlap.
 */
export function rotateCube(
  source: Float32Array,
  result: Float32Array,
  size: readonly [number, number, number],
  channels: number,
  r: Rotation,
): void {
  const stride = [channels, channels * size[0], channels * size[0] * size[1]]
  const step = r.axes.map((axis, n) => (r.flips[n] ? -stride[axis] : stride[axis]))
  const start = r.axes.reduce((sum, axis, n) => sum + (r.flips[n] ? (size[axis] - 1) * stride[axis] : 0), 0)
  let to = 0
  for (let z = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      let from = start + z * step[2] + y * step[1]
      for (let x = 0; x < size[0]; x++, from += step[0]) {
        for (let c = 0; c < channels; c++) result[to++] = source[from + c]
      }
    }
  }
}

/** Which rotation a sample gets: an index into `rotationsFor(...)`, each equally likely. */
export const drawRotation = (random: Random, classes: number): number => random.integer(classes)

/** A cube of the scan, as it is and as the network sees it. */
export const picture: Picture = (scene, random) => {
  const cube = drawCube(scene, random)
  const index = drawRotation(random, rotations.length)
  const turned = new Float32Array(cube.grey.length)
  rotateCube(cube.grey, turned, cube.size, 1, rotations[index])
  const { axis, degrees } = rotations[index]
  return {
    panels: [...middlePlanes(cube, 'scan'), ...middlePlanes({ size: cube.size, grey: turned }, 'turned')],
    answer: { task: 'rotation', index, of: rotations.length, axis, degrees },
  }
}
