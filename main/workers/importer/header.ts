/** The DICOM header of a file, of which no more is read than it takes. */
import { readHeader, type DicomHeader } from '../../imaging/dicom.ts'
import type { Refusal } from '../../../shared/domain/volume.ts'
import { explainFileError } from '../../library/index.ts'
import { inflateByZlib, readWhole, ReusedBytes } from './bytes.ts'

export type HeaderRead = { ok: true; header: DicomHeader } | Refusal

/** Most headers end before this. */
export const headerBytes = 2 ** 14
/** Nearly all before this; where one doesn't, the whole file is read. */
const longHeaderBytes = 2 ** 17

const starts = new ReusedBytes()

/** `size` of the file, where it is known; `start`: its first `headerBytes`, or all of a shorter one, if read already. */
export async function readFileHeader(path: string, size: number | undefined, start?: Uint8Array): Promise<HeaderRead> {
  try {
    for (const count of [headerBytes, longHeaderBytes]) {
      const bytes = count === headerBytes && start ? start : starts.read(path, count)
      if (bytes.length < count) return await readHeader(bytes, { inflate: inflateByZlib })
      const read = await readHeader(bytes, { inflate: inflateByZlib, fileSize: size })
      if (read.ok && read.header.unread === undefined) return read
    }
    return await readHeader(readWhole(path), { inflate: inflateByZlib })
  } catch (error) {
    return { ok: false, reason: `The file could not be read: ${explainFileError(error)}` }
  }
}
