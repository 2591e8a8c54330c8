/** Compressed frames to stored values, by transfer syntax (PS3.5 annex A). */
import type { Decoded } from './decoded.ts'
import { DamagedImage } from './decoded.ts'
import { decodeJpeg } from './jpeg/decode.ts'
import { decodeRle } from './rle.ts'
import { jpeg2000Size, jpegSize } from './size.ts'
import { decodeByWasm } from './wasm.ts'

type Family = 'rle' | 'jpeg' | 'jpeg-ls' | 'jpeg2000' | 'htj2k'

const families: Record<string, Family> = {
  '1.2.840.10008.1.2.5': 'rle',
  '1.2.840.10008.1.2.4.50': 'jpeg',
  '1.2.840.10008.1.2.4.51': 'jpeg',
  '1.2.840.10008.1.2.4.53': 'jpeg',
  '1.2.840.10008.1.2.4.55': 'jpeg',
  '1.2.840.10008.1.2.4.57': 'jpeg',
  '1.2.840.10008.1.2.4.70': 'jpeg',
  '1.2.840.10008.1.2.4.80': 'jpeg-ls',
  '1.2.840.10008.1.2.4.81': 'jpeg-ls',
  '1.2.840.10008.1.2.4.90': 'jpeg2000',
  '1.2.840.10008.1.2.4.91': 'jpeg2000',
  '1.2.840.10008.1.2.4.201': 'htj2k',
  '1.2.840.10008.1.2.4.202': 'htj2k',
  '1.2.840.10008.1.2.4.203': 'htj2k',
}

/** Whether frames in this transfer syntax are compressed and can be decoded. */
export const canDecode = (syntax: string) => syntax in families

/** Transfer syntaxes that always drop detail; the others that may do so are marked in the data set. */
export const isLossy = (syntax: string) => /^1\.2\.840\.10008\.1\.2\.4\.(50|51|53|55)$/.test(syntax)

/**
 * One greyscale frame of `rows` × `columns`; what the compressed image says of its own size is checked before memory is
 * taken. `bitsAllocated` matters for RLE only. Throws DamagedImage (or what the codec throws) on bytes that make no sense.
 */
export async function decodeFrame(
  bytes: Uint8Array,
  syntax: string,
  { rows, columns, bitsAllocated }: { rows: number; columns: number; bitsAllocated: number },
): Promise<Decoded> {
  const family = families[syntax]
  if (family === 'rle') return decodeRle(bytes, rows, columns, bitsAllocated === 16 ? 2 : 1)
  if (family === 'jpeg2000' || family === 'htj2k') {
    const size = jpeg2000Size(bytes)
    check(size, rows, columns)
    return checked(await decodeByWasm(family, bytes.subarray(size.start)), rows, columns)
  }
  // What the file holds counts, not what the syntax calls it: JPEG-LS hides under plain JPEG's names and the reverse.
  const size = jpegSize(bytes)
  check(size, rows, columns)
  if (size.process === 55) return checked(await decodeByWasm('jpeg-ls', bytes), rows, columns)
  if (size.process <= 2 && size.bits === 8) return checked(await decodeByWasm('jpeg', bytes), rows, columns)
  return decodeJpeg(bytes)
}

function check(size: { rows: number; columns: number; components: number }, rows: number, columns: number): void {
  if (size.components !== 1) throw new DamagedImage(`${size.components} components instead of 1`)
  if (size.rows !== rows || size.columns !== columns)
    throw new DamagedImage(`compressed image of ${size.columns} × ${size.rows} instead of ${columns} × ${rows}`)
}

function checked(decoded: Decoded, rows: number, columns: number): Decoded {
  if (decoded.samples.length !== rows * columns) throw new DamagedImage('the codec gave another size')
  return decoded
}
