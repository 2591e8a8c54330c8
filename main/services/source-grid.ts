/** Label maps back on the grid of the file that the scan came from, as NIfTI bytes. */
import { gzipSync } from 'node:zlib'
import type { Geometry, Permutation } from '../../shared/domain/geometry.ts'
import { fromCanonical } from '../imaging/canonical.ts'
import { writeNifti } from '../imaging/nifti.ts'

/** What is known of the source: its own grid, and the way from there to the canonical one. */
export type SourceGrid = Geometry & { grid: Geometry; permutation: Permutation }

/**
 * A uint8 NIfTI-1 file on the source's grid: voxels moved back by exact permutation, the affine that of the source.
 * `samples`: one byte a voxel on the canonical grid.
 */
export function labelsOnSourceGrid(samples: Uint8Array, source: SourceGrid, packed: boolean): Uint8Array {
  const { shape, spacing, affine } = source
  const own = fromCanonical(samples, source.permutation, source.grid.shape)
  const bytes = writeNifti({ geometry: { shape, spacing, affine }, type: 'uint8', samples: own, labels: true })
  return packed ? gzipSync(bytes) : bytes
}
