/** Pictures as PNG (W3C PNG, third edition): signature, IHDR, one IDAT, IEND. */
import { crc32, deflateSync } from 'node:zlib'

/** `pixels`: one byte each, row by row from the top left. */
export const encodeGrayPng = (pixels: Uint8Array, width: number, height: number): Uint8Array =>
  encode(pixels, width, height, { samples: 1, colourType: 0 })

/** `pixels`: red, green, blue, a byte each, row by row from the top left. */
export const encodeColourPng = (pixels: Uint8Array, width: number, height: number): Uint8Array =>
  encode(pixels, width, height, { samples: 3, colourType: 2 })

function encode(
  pixels: Uint8Array,
  width: number,
  height: number,
  { samples, colourType }: { samples: number; colourType: number },
): Uint8Array {
  const line = width * samples
  if (pixels.length !== line * height) throw new RangeError(`${pixels.length} samples for ${width} × ${height}`)
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head[8] = 8 // bits a sample
  head[9] = colourType // deflate, adaptive filters, not interlaced follow as zeros
  const rows = Buffer.alloc((line + 1) * height) // each row after a filter byte 0: as it is
  for (let row = 0; row < height; row++) {
    rows.set(pixels.subarray(row * line, (row + 1) * line), row * (line + 1) + 1)
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}
