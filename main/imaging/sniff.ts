/** What a file is, by its first bytes; its name only chooses the words. */
import type { Inflate } from './bytes.ts'
import { ByteReader, inflate, isGzip } from './bytes.ts'
import { looksLikeDicom } from './dicom/framing.ts'

export type Sniffed =
  | { kind: 'nifti' | 'nifti-gz' | 'dicom' }
  /** The voxels of a NIfTI pair (.img), which are read together with their .hdr. */
  | { kind: 'nifti-voxels'; reason: string }
  | { kind: 'zip' | 'other'; reason: string }

const startBytes = 560

const formats: [test: RegExp, reason: string][] = [
  [/^\xff\xd8\xff/, picture('a JPEG')],
  [/^\x89PNG/, picture('a PNG')],
  [/^GIF8/, picture('a GIF')],
  [/^BM.{4}\0\0\0\0/s, picture('a bitmap')],
  [/^(II\*\0|MM\0\*)/, picture('a TIFF')],
  [/^\0\0\0\x0cjP/, picture('a JPEG 2000')],
  [/^.{4}ftyp|^RIFF|^\x1aE\xdf\xa3/s, 'This is a video or sound file, not a scan.'],
  [/^%PDF/, 'This is a PDF document, not a scan.'],
  [/^\xd0\xcf\x11\xe0|^\{\\rtf/, 'This is an office document, not a scan.'],
  [/^NRRD/, 'This is an NRRD file, which is not read; save the scan as NIfTI (.nii.gz) in the program that made it.'],
  [/^(ObjectType|NDims)\s*=/, 'This is a MetaImage file, which is not read; save the scan as NIfTI (.nii.gz).'],
  [
    /^\x89HDF|^CDF[\x01\x02]/,
    'This is an HDF5, MINC or NetCDF file, which is not read; save the scan as NIfTI (.nii.gz).',
  ],
  [/^\x93NUMPY/, 'This is a NumPy array without any voxel size; save the scan as NIfTI (.nii.gz).'],
  [/^SQLite format 3/, 'This is a database, not a scan.'],
  [/^(\x7fELF|MZ|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe)/, 'This is a program, not a scan.'],
  [
    /^(7z\xbc\xaf\x27|Rar!|\xfd7zXZ|BZh|\x28\xb5\x2f\xfd)/,
    'This is a packed archive; unpack it and import the folder.',
  ],
  [/^.{257}ustar/s, 'This is a tar archive; unpack it and import the folder.'],
]

/**
 * Tells what kind a file is from its first bytes (600 or more are best; all of a shorter file) and its name. A packed file
 * (.gz) is unpacked as far as needed. Never throws.
 */
export async function sniff(start: Uint8Array, name: string, unpack: Inflate = inflate): Promise<Sniffed> {
  if (start.length === 0) return other('The file is empty (0 bytes); copy it again from its source.')
  const called = name.toLowerCase().replace(/^.*[/\\]/, '')
  if (!isGzip(start)) return unpacked(start, called)
  const inside = new Uint8Array(startBytes)
  const reader = new ByteReader(unpack(start, 'gzip'))
  const got = await reader.fill(inside)
  await reader.close()
  if (got === 0) return other('The packed (.gz) file is damaged or cut short; copy it again from its source.')
  const found = unpacked(inside.subarray(0, got), called.replace(/\.gz$/, ''))
  if (found.kind === 'nifti') return { kind: 'nifti-gz' }
  if (found.kind === 'dicom') return other('This is a DICOM file packed by gzip; unpack it first.')
  return found
}

function unpacked(start: Uint8Array, name: string): Sniffed {
  if (isNifti(start)) return { kind: 'nifti' }
  if (looksLikeDicom(start)) return { kind: 'dicom' }
  let text = ''
  for (const byte of start.subarray(0, startBytes)) text += String.fromCharCode(byte)
  if (/^PK(\x03\x04|\x05\x06)/.test(text))
    return { kind: 'zip', reason: 'This is a zip archive; unpack it and import the folder.' }
  const known = formats.find(([test]) => test.test(text))
  if (known) return other(known[1])
  // A file that calls itself NIfTI but is none is left to the reader, which says what is wrong with it.
  if (/\.(nii|hdr)$/.test(name)) return { kind: 'nifti' }
  if (name.endsWith('.img'))
    return {
      kind: 'nifti-voxels',
      reason: 'These are the voxels of an image whose header (.hdr) is missing; import both together.',
    }
  if (/\.(mgh|mgz)$/.test(name))
    return other('This is a FreeSurfer file, which is not read; convert it to NIfTI (mri_convert).')
  if (/^[\t\n\r\x20-\x7e\x80-\xff]*$/.test(text)) return other('This is a text file, not a scan.')
  return other('This is neither NIfTI nor DICOM, or it is too damaged to tell.')
}

/** sizeof_hdr of NIfTI-1 (also ANALYZE, which the reader names) or NIfTI-2, in either byte order. */
function isNifti(start: Uint8Array): boolean {
  if (start.length < 4) return false
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  return [348, 540].some((size) => view.getInt32(0, true) === size || view.getInt32(0, false) === size)
}

function picture(what: string): string {
  return `This is ${what} picture, not a scan: it has no size in millimetres.`
}

function other(reason: string): Sniffed {
  return { kind: 'other', reason }
}
