/** Three numbers in the order x, y, z (or i, j, k). */
export type Triple = [number, number, number]

/** A 4×4 matrix by rows; the last row is 0 0 0 1. */
export type Affine = [Row, Row, Row, Row]
export type Row = [number, number, number, number]

/**
 * Where the voxels of a volume lie in the patient.
 *
 * World coordinates are RAS millimetres (x grows towards the patient's right, y towards anterior, z towards superior), as in
 * NIfTI. DICOM's LPS is converted at the border, in the reader and in the writer, and nowhere else.
 */
export type Geometry = {
  /** Number of voxels along i (fastest in memory), j, k. */
  shape: Triple
  /** Distance of voxel centres along i, j, k, in mm: the lengths of the affine's columns. */
  spacing: Triple
  /** Voxel index (i, j, k, 1), whole numbers at voxel centres, to RAS mm. */
  affine: Affine
}

/** An axis reordering and flipping that is exact, so that it can be undone exactly. */
export type Permutation = {
  /** `axes[n]` is the source axis (0, 1, 2) that becomes axis n of the result. */
  axes: Triple
  /** Whether axis n of the result runs against the source axis it comes from. */
  flips: [boolean, boolean, boolean]
}
