import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { dicomFile, sliceFields } from './dicom/testing.ts'
import { writeNifti } from './nifti.ts'
import { sniff } from './sniff.ts'
import { obliqueAffine, ramp } from './testing.ts'

const text = (s: string) => Uint8Array.from(s, (char) => char.charCodeAt(0))
const nifti = writeNifti(ramp([4, 4, 4], obliqueAffine([1, 1, 1], [0, 0, 0], 0, 0)))

it.each([
  ['nifti', nifti, 'scan.nii'],
  ['nifti', nifti, 'named-wrongly.jpg'],
  ['nifti-gz', gzipSync(nifti), 'scan.nii.gz'],
  ['nifti-gz', gzipSync(nifti).subarray(0, 200), 'only the start.nii.gz'],
  ['nifti', text('not at all'), 'liar.nii'],
  ['nifti-voxels', new Uint8Array(100), 'pair.img'],
  ['dicom', dicomFile(sliceFields(0)), 'IM0001'],
  ['dicom', dicomFile(sliceFields(0), 'implicitLittle', false), 'no-preamble'],
  ['zip', text('PK\x03\x04....'), 'scans.zip'],
])('%s', async (kind, bytes, name) => expect((await sniff(bytes, name)).kind).toBe(kind))

it.each([
  [new Uint8Array(0), 'a.nii', /0 bytes/],
  [text('\xff\xd8\xff\xe0JFIF'), 'photo.jpg', /JPEG picture, not a scan/],
  [text('\x89PNG\r\n'), 'a', /PNG picture/],
  [text('%PDF-1.7'), 'report.pdf', /PDF/],
  [text('Dear colleague,\n'), 'letter.txt', /text file/],
  [gzipSync(text('Dear colleague,\n')), 'letter.txt.gz', /text file/],
  [gzipSync(dicomFile(sliceFields(0))), 'a.dcm.gz', /packed by gzip/],
  [text('\x1f\x8b\x08junk junk junk'), 'a.nii.gz', /damaged or cut short/],
  [new Uint8Array(50), 'zeros', /neither NIfTI nor DICOM/],
])('refuses with a plain reason (%#)', async (bytes, name, words) => {
  const found = await sniff(bytes, name)
  expect('reason' in found && found.reason).toMatch(words)
})
