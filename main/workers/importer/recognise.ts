/** What a file is, by its first bytes. */
import { explainFileError } from '../../library/index.ts'
import { sniff, type Sniffed } from '../../imaging/sniff.ts'
import { inflateByZlib, ReusedBytes } from './bytes.ts'
import { headerBytes, readFileHeader, type HeaderRead } from './header.ts'
import { guarded } from './import.ts'
import type { FoundFile } from './walk.ts'

const starts = new ReusedBytes()

/** read: the header of a DICOM file. */
type Plain = Exclude<Sniffed, { kind: 'nifti' | 'nifti-gz' | 'dicom' }> | { kind: 'nifti' | 'nifti-gz' }
export type Recognised = Plain | { kind: 'dicom'; read: HeaderRead }
export type DicomFile = { file: FoundFile; read: HeaderRead }

/** Never throws; a file that can't be opened is "other" with the reason. */
export async function recognise(file: FoundFile): Promise<Recognised> {
  try {
    const start = starts.read(file.path, headerBytes)
    const found = await sniff(start, file.path, inflateByZlib)
    if (found.kind !== 'dicom') return found as Plain
    return { kind: 'dicom', read: await guarded(() => readFileHeader(file.path, file.size, start)) }
  } catch (error) {
    return { kind: 'other', reason: `The file could not be read: ${explainFileError(error)}` }
  }
}
