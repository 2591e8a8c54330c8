/** Helpers for tests of the library and of what stands on it. Nothing here is used by the program. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Geometry, Triple } from '../../shared/domain/geometry.ts'
import { identity } from '../imaging/affine.ts'
import { makeGeometry } from '../imaging/geometry.ts'
import { newId } from './ids.ts'
import type { Library } from './library.ts'

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'handful-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const grid = (shape: Triple): Geometry => makeGeometry(shape, identity)

/** A case of a series that was never read: enough for what only the database knows. */
export function addCase(
  library: Library,
  name: string,
  shape: Triple = [4, 3, 2],
): { caseId: string; seriesId: string } {
  const [caseId, seriesId] = [newId('case'), newId('series')]
  const geometry = grid(shape)
  const series = {
    ...geometry,
    id: seriesId,
    name,
    modality: 'MR',
    reader: 'nifti' as const,
    status: 'ready' as const,
    reason: null,
    dtype: 'int16',
    channels: 1,
    grid: geometry,
    permutation: { axes: [0, 1, 2] as Triple, flips: [false, false, false] as [boolean, boolean, boolean] },
    contentSha256: seriesId,
    channelNames: null,
  }
  library.insertSeries(series, [{ path: `/scans/${name}.nii`, size: 1, modifiedMs: 0 }], null)
  library.insertCase(caseId, name, 'training', seriesId)
  return { caseId, seriesId }
}
