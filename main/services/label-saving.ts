/** Label maps that come in from the page: each becomes a version of its own, after a look at every voxel. */
import type { LabelSaved } from '../../shared/api/contract.ts'
import { unknownLabel, type LabelVersion } from '../../shared/domain/records.ts'
import { hashLabels, newId, refuse, writeLabelFile, type Library } from '../library/index.ts'
import { openProject, type Context } from './context.ts'
import { personOf } from './person.ts'
import { modelBehind } from './reviews.ts'
import { findCase, requireVolume } from './volumes.ts'

/** Reads the body of an upload, which must hold exactly so many bytes. Refuses (ApiError) any other size, early. */
export type ReadBody = (bytes: number) => Promise<Uint8Array>

/**
 * `PUT /labels/<case>/<parent version, or "none">`, body: one byte a voxel on the case's canonical grid, x fastest; 0
 * background, 255 unknown, else a value of the label set. null for any other path. Nothing is ever overwritten: where
 * the parent is no longer the newest label, the map is kept as the newest all the same, and `overtook` names the other.
 */
export async function receiveUpload(context: Context, path: string, read: ReadBody): Promise<LabelSaved | null> {
  const match = /^\/labels\/(case-[0-9a-z]+)\/(none|label-[0-9a-z]+)$/.exec(path)
  if (!match) return null
  const library = openProject(context)
  const found = findCase(library, match[1])
  const parentId = match[2] === 'none' ? null : match[2]
  if (parentId !== null && library.labelVersion(parentId)?.caseId !== found.id) {
    refuse('The label was begun from a version that is not in this project. Reload the page.')
  }
  const grid = await requireVolume(context, library, found.seriesId)
  const samples = await read(grid.shape[0] * grid.shape[1] * grid.shape[2])
  checkValues(library, samples)
  const saved = library.transaction((): LabelSaved => {
    // Read again: reading the body took a moment in which others may have saved.
    const newest = library.newestLabelVersion(found.id, 'label')
    const sha256 = hashLabels(samples)
    if (newest?.sha256 === sha256) return { version: newest, overtook: null }
    if (newest === null && samples.every((value) => value === 0)) return { version: null, overtook: null }
    const version: LabelVersion = {
      ...writeLabelFile(library.folder, newId('label'), samples, grid),
      caseId: found.id,
      kind: 'label',
      author: personOf(context),
      parentId,
      modelId: modelBehind(library, found.id, samples),
      created: new Date().toISOString(),
    }
    library.insertLabelVersion(version)
    return { version, overtook: newest && newest.id !== parentId ? newest : null }
  })
  context.casesChanged()
  return saved
}

function checkValues(library: Library, samples: Uint8Array): void {
  const known = new Uint8Array(256)
  known[0] = known[unknownLabel] = 1
  for (const { value } of library.labels()) known[value] = 1
  const foreign = samples.find((value) => known[value] === 0)
  if (foreign !== undefined) refuse(`The label map has the value ${foreign}, which is not in the project's label set.`)
}
