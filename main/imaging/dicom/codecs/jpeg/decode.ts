/**
 * Greyscale JPEG as DICOM has it beyond 8 bits: lossless (process 14) and 8- or 12-bit DCT, sequential or progressive
 * (ISO 10918-1). Written for what no codec package offers; colour and arithmetic coding are refused.
 */
import type { Decoded } from '../decoded.ts'
import { DamagedImage } from '../decoded.ts'
import { jpegSize } from '../size.ts'
import { BitReader, HuffmanTable } from './bits.ts'
import { DctImage } from './dct.ts'
import { decodeLosslessScan } from './lossless.ts'

/** A scan's parameters (B.2.3); for lossless `from` is the predictor and `low` the point transform. */
export type Scan = { dc?: HuffmanTable; ac?: HuffmanTable; from: number; to: number; high: number; low: number }
export type Frame = { rows: number; columns: number; bits: number; restartInterval: number }

/** Decodes one image; its size has been checked against the data set. Throws DamagedImage. */
export function decodeJpeg(bytes: Uint8Array): Decoded & { bits: number } {
  const size = jpegSize(bytes)
  if (size.components !== 1) throw new DamagedImage(`${size.components} components`)
  if (![0, 1, 2, 3].includes(size.process)) throw new DamagedImage(`JPEG process SOF${size.process}`)
  const { rows, columns, bits } = size
  const frame: Frame = { rows, columns, bits, restartInterval: 0 }
  const tables = { dc: [] as HuffmanTable[], ac: [] as HuffmanTable[], quantisation: [] as Uint16Array[] }
  let quantised = 0
  const dct = size.process === 3 ? undefined : new DctImage(frame, size.process === 2)
  let samples: Uint16Array | undefined

  let at = 2
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) throw new DamagedImage(`no JPEG marker at ${at}`)
    const marker = bytes[at + 1]
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === 0xd9) break
    if ((marker >= 0xd0 && marker <= 0xd8) || marker === 0x01) {
      at += 2
      continue
    }
    const length = bytes[at + 2] * 256 + bytes[at + 3]
    const segment = bytes.subarray(at + 4, at + 2 + length)
    if (length < 2 || segment.length < length - 2) throw new DamagedImage('a JPEG segment is cut short')
    at += 2 + length
    if (marker === 0xc4) readHuffmanTables(segment, tables)
    else if (marker === 0xdb) readQuantisation(segment, tables.quantisation)
    else if (marker === 0xdd) frame.restartInterval = segment[0] * 256 + segment[1]
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) quantised = segment[8] & 3
    else if (marker === 0xda) {
      const scan: Scan = {
        dc: tables.dc[segment[2] >> 4],
        ac: tables.ac[segment[2] & 15],
        from: segment[3],
        to: segment[4],
        high: segment[5] >> 4,
        low: segment[5] & 15,
      }
      if (segment[0] !== 1 || segment.length < 6) throw new DamagedImage('a scan of several components')
      const reader = new BitReader(bytes, at)
      if (dct) dct.decodeScan(scan, reader)
      else samples = decodeLosslessScan(frame, scan, reader)
      at = reader.position
    }
  }
  if (dct) {
    const table = tables.quantisation[quantised]
    if (!table || !dct.hasScans) throw new DamagedImage('no image data or no quantisation table')
    samples = dct.samples(table)
  }
  if (!samples) throw new DamagedImage('no image data')
  return { rows, columns, samples, bits }
}

function readHuffmanTables(segment: Uint8Array, tables: { dc: HuffmanTable[]; ac: HuffmanTable[] }): void {
  for (let at = 0; at + 17 <= segment.length;) {
    const counts = segment.subarray(at + 1, at + 17)
    const total = counts.reduce((sum, count) => sum + count, 0)
    const symbols = segment.slice(at + 17, at + 17 + total)
    if (symbols.length < total) throw new DamagedImage('a Huffman table is cut short')
    tables[segment[at] >> 4 ? 'ac' : 'dc'][segment[at] & 15] = new HuffmanTable(counts, symbols)
    at += 17 + total
  }
}

/** Quantisation tables in zigzag order, as they are stored (B.2.4.1). */
function readQuantisation(segment: Uint8Array, tables: Uint16Array[]): void {
  for (let at = 0; at < segment.length;) {
    const wide = segment[at] >> 4 ? 2 : 1
    if (at + 1 + 64 * wide > segment.length) throw new DamagedImage('a quantisation table is cut short')
    const value = (n: number) =>
      wide === 1 ? segment[at + 1 + n] : segment[at + 1 + 2 * n] * 256 + segment[at + 2 + 2 * n]
    tables[segment[at] & 3] = Uint16Array.from({ length: 64 }, (_, n) => value(n))
    at += 1 + 64 * wide
  }
}
