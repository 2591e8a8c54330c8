/**
 * 3D exemplar: two views of the same crop must lie closer to each other than to any other crop of the batch, by a margin.
 * Taleb et al., NeurIPS 2020, section 3.5. `handful` recipe: one head for all views, codes of unit length, both views
 * augmented alike (in the released code only the anchor was, and resampling blur betrayed it), every other crop of the
 * batch as a negative: those beyond the margin add nothing to the hinge.
 */
export const exemplarRecipe = {
  /** In squared distance of unit vectors, which lies in [0, 4]. */
  margin: 1,
  codes: 128,
  /** Flips and quarter turns would be cheap; the views differ in pose, size and grey level instead, as scans do. */
  rotation: 45,
  scale: [0.75, 1.3] as const,
}
