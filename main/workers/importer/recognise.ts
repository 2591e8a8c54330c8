/** What a file is, by its first bytes and never by its name. */
import { basename } from 'node:path'
import { isGzip } from '../../imaging/bytes.ts'
import { explainFileError } from '../../library/index.ts'
import { inflateByZlib, readStart } from './bytes.ts'
import type { FoundFile } from './walk.ts'

export type Kind = { is: 'nifti' } | { is: 'dicom' } | { is: 'other'; reason: string }

const other = (reason: string): Kind => ({ is: 'other', reason })
const startBytes = 4096

export async function recognise(file: FoundFile): Promise<Kind> {
  if (file.size === 0) return other('The file is empty (0 bytes); copy it again from its source.')
  let start: Uint8Array
  try {
    start = readStart(file.path, startBytes)
  } catch (error) {
    return other(`The file could not be read: ${explainFileError(error)}`)
  }
  const packed = isGzip(start)
  if (packed) {
    const inflated = await inflateStart(start)
    if (inflated.length === 0)
      return other('The packed (.gz) file is damaged or cut short; copy it again from its source.')
    start = inflated
  }
  if (isNifti(start)) return { is: 'nifti' }
  if (isDicom(start)) {
    return packed ? other('This DICOM file is packed by gzip; unpack it first.') : { is: 'dicom' }
  }
  // A file that calls itself NIfTI but is none is refused by the reader, with the better reason.
  if (/\.(nii|hdr)(\.gz)?$/i.test(file.path)) return { is: 'nifti' }
  return other(foreign(start, basename(file.path)))
}

/** sizeof_hdr of NIfTI-1, NIfTI-2 (or ANALYZE, which the reader refuses by name), in either byte order. */
function isNifti(start: Uint8Array): boolean {
  if (start.length < 4) return false
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  return [348, 540].some((size) => view.getInt32(0, true) === size || view.getInt32(0, false) === size)
}

/** "DICM" after the preamble (PS3.10, 7.1); or, without one, a first element of group 0002 or 0008 that makes sense. */
function isDicom(start: Uint8Array): boolean {
  const text = (from: number, to: number) => Buffer.from(start.subarray(from, to)).toString('latin1')
  if (text(128, 132) === 'DICM' || text(0, 4) === 'DICM') return true
  if (start.length < 16) return false
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  for (const little of [true, false]) {
    const group = view.getUint16(0, little)
    const element = view.getUint16(2, little)
    if ((group !== 2 && group !== 8) || element > 0x1000) continue
    const explicit = /^(UL|OB|UI|CS|SH|LO|DA|TM|PN|ST|AE|SQ)$/.test(text(4, 6))
    if (explicit || view.getUint32(4, little) <= 1024) return true
  }
  return false
}

const signatures: [RegExp, string][] = [
  [/^PK\x03\x04/, 'This is a zip archive; unpack it and import the folder.'],
  [/^(7z\xbc\xaf|Rar!|\xfd7zXZ|BZh)/, 'This is a packed archive; unpack it and import the folder.'],
  [/^.{257}ustar/s, 'This is a tar archive; unpack it and import the folder.'],
  [/^NRRD/, 'NRRD files are not read; save the scan as NIfTI (.nii.gz) in the program that made it.'],
  [
    /^(ObjectType|NDims)\s*=/,
    'MetaImage files are not read; save the scan as NIfTI (.nii.gz) in the program that made it.',
  ],
  [/^%PDF/, 'This is a PDF document, not a scan.'],
  [
    /^(\x89PNG|\xff\xd8\xff|GIF8|BM|II\*\0|MM\0\*|RIFF)/,
    'This is a picture, not a scan: it has no size in millimetres.',
  ],
  [/^\x89HDF/, 'This is an HDF5 file, which is not read; save the scan as NIfTI (.nii.gz).'],
  [/^\x7fELF|^MZ/, 'This is a program, not a scan.'],
]

function foreign(start: Uint8Array, name: string): string {
  const text = Buffer.from(start).toString('latin1')
  const known = signatures.find(([pattern]) => pattern.test(text))
  if (known) return known[1]
  if (/^[\t\n\r\x20-\x7e\x80-\xff]*$/.test(text)) return 'This is a text file, not a scan.'
  const extension = /\.[^.]{1,8}$/.exec(name)?.[0]
  return `This is neither NIfTI nor DICOM${extension ? ` (a ${extension} file)` : ''}.`
}

async function inflateStart(packed: Uint8Array): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  try {
    for await (const piece of inflateByZlib(packed, 'gzip')) {
      pieces.push(piece)
      length += piece.length
      if (length >= startBytes) break
    }
  } catch {
    // Only the start of the file is here, so the end is always missing.
  }
  return Buffer.concat(pieces)
}
