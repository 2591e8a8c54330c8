/** Canonical volumes: made again from their source where the cache lacks them. */
import { existsSync } from 'node:fs'
import type { Handlers, VolumeHandle } from '../../shared/api/contract.ts'
import { layout, readCacheHeader, refuse, type CacheHeader, type Library, type StoredCase } from '../library/index.ts'
import { openProject, type Context } from './context.ts'

export function volumeHandlers(context: Context): Pick<Handlers, 'volume.open'> {
  return {
    'volume.open': async ({ caseId }) => {
      const library = openProject(context)
      const found = findCase(library, caseId)
      const header = await requireVolume(context, library, found.seriesId)
      return volumeHandle(`/volume/${found.id}`, header)
    },
  }
}

export function volumeHandle(url: string, header: CacheHeader): VolumeHandle {
  const { type, shape, spacing, affine, channels, window } = header
  return { url, type, shape, spacing, affine, channels, window }
}

export function findCase(library: Library, caseId: string): StoredCase {
  return library.case(caseId) ?? refuse('This case is not in the project.')
}

const restoring = new Map<string, Promise<void>>()

/** The header of a series' cached volume; where it is missing, the importer makes it again first. */
export async function requireVolume(context: Context, library: Library, seriesId: string): Promise<CacheHeader> {
  const header = readCacheHeader(library.folder, seriesId)
  if (header && existsSync(layout.thumbnailFile(library.folder, seriesId))) return header
  const key = `${library.folder}\n${seriesId}`
  const work = restoring.get(key) ?? restore(context, library, seriesId).finally(() => restoring.delete(key))
  restoring.set(key, work)
  await work
  return readCacheHeader(library.folder, seriesId) ?? refuse('The scan could not be prepared. Import it again.')
}

async function restore(context: Context, library: Library, seriesId: string): Promise<void> {
  const series = library.series(seriesId) ?? refuse('This scan is not in the project.')
  const files = library.seriesFiles(seriesId)
  const missing = files.find(({ path }) => !existsSync(path))
  if (missing) {
    refuse(
      `The scan ${series.name} is no longer where it was imported from (${missing.path}). ` +
        'Put it back, connect the disk, or import it again from its new place.',
    )
  }
  let failure: string | null = null
  const { folder } = library
  const { reader, contentSha256 } = series
  const request = { folder, seriesId, reader, contentSha256, files }
  const worker = context.importers.start({ type: 'restore', request }, (message) => {
    if (message.type === 'failed') failure = message.reason
  })
  const end = await worker.ended
  if (failure !== null) refuse(`The scan ${series.name} could not be read again: ${failure}`)
  if (!end.ok) refuse(`The scan ${series.name} could not be read again: ${end.reason}`)
}
