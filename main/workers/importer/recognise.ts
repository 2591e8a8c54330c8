/** What a file is, by its first bytes. */
import { explainFileError } from '../../library/index.ts'
import { sniff, type Sniffed } from '../../imaging/sniff.ts'
import { inflateByZlib, ReusedBytes } from './bytes.ts'
import type { FoundFile } from './walk.ts'

const startBytes = 4096
const starts = new ReusedBytes()

/** Never throws; a file that can't be opened is "other" with the reason. */
export async function recognise(file: FoundFile): Promise<Sniffed> {
  try {
    return await sniff(starts.read(file.path, startBytes), file.path, inflateByZlib)
  } catch (error) {
    return { kind: 'other', reason: `The file could not be read: ${explainFileError(error)}` }
  }
}
