/**
 * 3D exemplar: two views of the same crop must lie closer to each other than to any other crop of the batch, by a margin.
 * Taleb et al., NeurIPS 2020, section 3.5. `handful` recipe: one head for all views, codes of unit length, both views
 * augmented alike (in the released code only the anchor was, and resampling blur betrayed it), every other crop of the
 * batch as a negative: those beyond the margin add nothing to the hinge.
 */
import type { Random } from '../domain/random.ts'
import { drawCube, middlePlanes, type Picture } from './picture.ts'
import { compose, identity, stretched, turnAndScale, warpCube } from './warp.ts'

export const exemplarRecipe = {
  /** In squared distance of unit vectors, which lies in [0, 4]. */
  margin: 1,
  codes: 128,
  /**
   * Learning rate, a quarter of the other tasks': triplet accuracy on held-out scans of hippocampus-msd .968 after 500 steps,
   * against .878 after 300 and .775 after 700 steps at 2e-3 (one run each).
   */
  rate: 5e-4,
  /**
   * Which negatives pull: `all` within the margin, or only the `semi-hard` (Schroff et al., CVPR 2015), which are farther than
   * the positive. After 300 steps at 2e-3: all .878, semi-hard .663 (one run each; at 5e-4 it was not tried).
   */
  negatives: 'all' as 'all' | 'semi-hard',
  /** Flips and quarter turns would be cheap; the views differ in pose, size and grey level instead, as scans do. */
  rotation: 45,
  scale: [0.75, 1.3] as const,
}

/**
 * Of the released code: configs/train/exemplar_3d.json, preprocessing/preprocess_exemplar.py, utils/metrics.py. The anchor is
 * an augmented scan, the positive the scan itself, the negative any other scan, both as they are; loss
 * max(0, D(a, p) - D(a, n) + margin).
 *
 * `code`: three heads, one each for anchor, positive and negative, with sigmoid codes, so that D stays below the margin and
 * the loss never reaches 0. `text`: one head for all, linear codes. D is the mean squared difference in both.
 */
export const exemplarPaper = {
  batch: 2,
  rate: 1e-4,
  /** configs/train/exemplar_2d_pancreas.json: slices. */
  planar: { batch: 64, rate: 1e-5 },
  codes: 1024,
  margin: 1,
  flip: 0.5,
  /** Of each of the three planes: chance of a rotation, and share of those that are multiples of 90°. */
  plane: { chance: 0.5, quarters: 0.5 },
  colour: { chance: 0.5, brightness: 0.125, contrast: [0.5, 1.5] as const },
  zoom: { chance: 0.15, range: [0.8, 1.2] as const },
}

/**
 * The anchor of the `paper` recipe: a cube of `size` voxels [x, y, z] (channels fastest) flipped, turned, zoomed and changed in
 * brightness and contrast. Turns and zoom are one resampling, where the code has up to four; trilinear, where it is cubic.
 * A single slice is flipped, turned and zoomed within its plane.
 */
export function drawAnchor(
  random: Random,
  cube: Float32Array,
  size: readonly [number, number, number],
  channels: number,
): Float32Array {
  const { flip, plane, colour, zoom } = exemplarPaper
  const planar = size[2] === 1
  const axes = planar ? [0, 1] : [0, 1, 2]
  let matrix = identity
  for (const axis of axes) {
    if (random.chance(flip)) matrix = compose(matrix, stretched(axis, -1))
  }
  for (const axis of planar ? [2] : [2, 0, 1]) {
    if (!random.chance(plane.chance)) continue
    const degrees = random.chance(plane.quarters) ? 90 * random.integer(4) : random.uniform(0, 360)
    const turns = [0, 0, 0]
    turns[axis] = degrees
    matrix = compose(matrix, turnAndScale(turns, 1))
  }
  const shift = [0, 0, 0]
  const coloured = random.chance(colour.chance)
  const brightness = coloured ? random.uniform(-colour.brightness, colour.brightness) : 0
  const contrast = coloured ? random.uniform(...colour.contrast) : 1
  if (random.chance(zoom.chance)) {
    for (const axis of axes) {
      const factor = random.uniform(...zoom.range)
      matrix = compose(matrix, stretched(axis, 1 / factor))
      // What has grown is cropped anywhere; what has shrunk stands in the middle of black.
      shift[axis] = factor > 1 ? random.uniform(-0.5, 0.5) * (factor - 1) * size[axis] : 0
    }
  }
  const result = warpCube(cube, size, channels, matrix, shift)
  const mean = result.reduce((sum, value) => sum + value, 0) / result.length + brightness
  return coloured ? result.map((value) => contrast * (value + brightness - mean) + mean) : result
}

/** Two views of one crop, as different as training makes them, and a view of another crop. */
export const picture: Picture = (scene, random) => {
  const { rotation, scale } = exemplarRecipe
  const side = Math.max(8, Math.round(0.6 * Math.min(...scene.size)))
  const view = (cube: ReturnType<typeof drawCube>) => {
    const angles = [0, 1, 2].map(() => random.uniform(-rotation, rotation))
    const grey = warpCube(cube.grey, cube.size, 1, turnAndScale(angles, random.uniform(...scale)))
    const contrast = random.uniform(0.7, 1.4)
    return { size: cube.size, grey: grey.map((value) => 128 + contrast * (value - 128)) }
  }
  const crop = drawCube(scene, random, side)
  return {
    panels: [
      ...middlePlanes(view(crop), 'anchor'),
      ...middlePlanes(view(crop), 'positive'),
      ...middlePlanes(view(drawCube(scene, random, side)), 'negative'),
    ],
    answer: { task: 'exemplar' },
  }
}
