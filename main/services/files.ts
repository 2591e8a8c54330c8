/** Volumes, label maps and pictures, by the URLs that the contract hands out. Ids only: no path can be asked for. */
import { gunzip } from 'node:zlib'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { layout } from '../library/index.ts'
import { openProject, type Context } from './context.ts'
import { readDraft } from './drafts.ts'
import { findCase, requireVolume } from './volumes.ts'

/** A file to send as it is, or bytes in memory. */
export type ServedFile = { contentType: string } & ({ path: string } | { bytes: Uint8Array })

const binary = 'application/octet-stream'

/**
 * `/volume/<case>` raw samples of the canonical volume, `/labels/<version>` one byte a voxel on the same grid,
 * `/entropy/<version>` how unsure the model was of a proposal, likewise (0 sure, 255 all labels alike), `/drafts/<case>`,
 * `/thumbnail/<case>.png`. null for any other path. Refuses (ApiError) an id that the open project doesn't have.
 */
export async function resolveFile(context: Context, path: string): Promise<ServedFile | null> {
  const match = /^\/(volume|labels|entropy|drafts|thumbnail)\/([a-z]+-[0-9a-z]+)(\.png)?$/.exec(path)
  if (!match || (match[1] === 'thumbnail') !== (match[3] !== undefined)) return null
  const library = openProject(context)
  const [, kind, id] = match
  if (kind === 'labels') {
    const version = library.labelVersion(id)
    if (!version) return null
    return { bytes: await promisify(gunzip)(await readFile(layout.labelFile(library.folder, id))), contentType: binary }
  }
  if (kind === 'entropy') {
    const file = layout.entropyFile(library.folder, id)
    if (!library.labelVersion(id) || !existsSync(file)) return null
    return { bytes: await promisify(gunzip)(await readFile(file)), contentType: binary }
  }
  const { seriesId } = findCase(library, id)
  if (kind === 'drafts') return { bytes: readDraft(library.folder, id), contentType: binary }
  await requireVolume(context, library, seriesId)
  if (kind === 'volume') return { path: layout.volumeFile(library.folder, seriesId), contentType: binary }
  return { path: layout.thumbnailFile(library.folder, seriesId), contentType: 'image/png' }
}
