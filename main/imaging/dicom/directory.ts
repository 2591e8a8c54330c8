/** DICOMDIR: the index of a medium (PS3.3 F.3), for the files that it names. */
import type { Inflate } from '../bytes.ts'
import { parseDataset } from './dataset.ts'

export const isDirectory = (sopClass: string) => sopClass === '1.2.840.10008.1.3.10'

/**
 * The files that a DICOMDIR names, as path components below its own folder. Components that could lead out of it ("..",
 * separators) are no valid File IDs (PS3.10 8.2), so their files are left out.
 */
export async function directoryFiles(bytes: Uint8Array, inflate?: Inflate): Promise<string[][]> {
  const parsed = await parseDataset(bytes, inflate)
  if (!parsed.ok) return []
  return parsed.dataset
    .items('x00041220')
    .map((record) => record.texts('x00041500'))
    .filter((parts) => parts.length > 0 && parts.every((part) => /^[^/\\:\0]+$/.test(part) && !/^\.+$/.test(part)))
}
