/**
 * Files dropped into a page that was served to a browser. Such a page can't tell where they lie, so it sends them, one by
 * one, into the project's own folder; an import of that folder follows, as of any other.
 */
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Dropped } from '../../shared/api/contract.ts'
import { layout, refuse, refuseFileError } from '../library/index.ts'
import { openProject, type Context } from './context.ts'

const mostParts = 24
/** What file systems, or people who look at the folder, would stumble over. */
const hostile = /^\.{1,2}$|[<>:"\\|?*\u0000-\u001f]|[. ]$/

/**
 * `PUT /drop/<drop>/<path of the file below what was dropped>`, each part of the path percent-encoded. null for any other
 * path. Refuses (ApiError) a path that leads out of the drop's folder, and a file that can't be kept.
 */
export async function receiveDropped(
  context: Context,
  path: string,
  body: AsyncIterable<Uint8Array>,
): Promise<Dropped | null> {
  const match = /^\/drop\/(drop-[0-9a-z]{6,40})\/(.+)$/.exec(path)
  if (!match) return null
  const folder = layout.droppedFolder(openProject(context).folder, match[1])
  const file = join(folder, ...partsOf(match[2]))
  try {
    await mkdir(dirname(file), { recursive: true })
    await pipeline(body, createWriteStream(file))
  } catch (error) {
    // Half a scan is worse than none.
    await rm(file, { force: true }).catch(() => {})
    return refuseFileError(error, 'A dropped file could not be copied into the project')
  }
  return { folder }
}

function partsOf(path: string): string[] {
  const parts = path.split('/').map((part) => {
    try {
      return decodeURIComponent(part)
    } catch {
      return ''
    }
  })
  const bad = (part: string) => part === '' || part.length > 200 || part.includes('/') || hostile.test(part)
  if (parts.length > mostParts || parts.some(bad))
    refuse(
      'A dropped file has a name that can’t be kept. Give it a plain name, without signs such as : ? * or a dot at its end.',
    )
  return parts
}
