/**
 * 3D exemplar: two views of the same crop must lie closer to each other than to any other crop of the batch, by a margin.
 * Taleb et al., NeurIPS 2020, section 3.5. `handful` recipe: one head for all views, codes of unit length, both views
 * augmented alike (in the released code only the anchor was, and resampling blur betrayed it), every other crop of the
 * batch as a negative: those beyond the margin add nothing to the hinge.
 */
import { drawCube, middlePlanes, type Picture } from './picture.ts'
import { turnAndScale, warpCube } from './warp.ts'

export const exemplarRecipe = {
  /** In squared distance of unit vectors, which lies in [0, 4]. */
  margin: 1,
  codes: 128,
  /** Flips and quarter turns would be cheap; the views differ in pose, size and grey level instead, as scans do. */
  rotation: 45,
  scale: [0.75, 1.3] as const,
}

/** Two views of one crop, as different as training makes them, and a view of another crop. */
export const picture: Picture = (scene, random) => {
  const { rotation, scale } = exemplarRecipe
  const side = Math.max(8, Math.round(0.6 * Math.min(...scene.size)))
  const view = (cube: ReturnType<typeof drawCube>) => {
    const angles = [0, 1, 2].map(() => random.uniform(-rotation, rotation))
    const grey = warpCube(cube.grey, side, 1, turnAndScale(angles, random.uniform(...scale)))
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
