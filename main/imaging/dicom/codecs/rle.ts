/** DICOM's run-length encoding (PS3.5 annex G): one segment for each byte of a pixel, the most significant first. */
import type { Decoded } from './decoded.ts'
import { DamagedImage } from './decoded.ts'

/** Decodes one greyscale frame of 1 or 2 bytes a pixel. Throws DamagedImage. */
export function decodeRle(bytes: Uint8Array, rows: number, columns: number, bytesPerPixel: 1 | 2): Decoded {
  if (bytes.length < 64) throw new DamagedImage('RLE header cut short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const segments = view.getUint32(0, true)
  if (segments !== bytesPerPixel) throw new DamagedImage(`${segments} RLE segments for ${bytesPerPixel} bytes a pixel`)
  const count = rows * columns
  const samples = new Uint16Array(count)
  const plane = new Uint8Array(count)
  for (let n = 0; n < segments; n++) {
    const start = view.getUint32(4 + 4 * n, true)
    const end = n + 1 < segments ? view.getUint32(8 + 4 * n, true) : bytes.length
    if (start < 64 || end > bytes.length || start > end) throw new DamagedImage('RLE segments lie outside the frame')
    unpackBits(bytes.subarray(start, end), plane)
    for (let p = 0; p < count; p++) samples[p] = (samples[p] << 8) | plane[p]
  }
  return { rows, columns, samples }
}

/** PackBits: n < 128: n + 1 bytes as they are; n > 128: the next byte 257 - n times; 128: nothing. */
function unpackBits(bytes: Uint8Array, target: Uint8Array): void {
  let to = 0
  for (let at = 0; to < target.length && at < bytes.length;) {
    const code = bytes[at++]
    if (code < 128) {
      const run = Math.min(code + 1, target.length - to)
      if (at + run > bytes.length) throw new DamagedImage('RLE segment cut short')
      target.set(bytes.subarray(at, at + run), to)
      at += code + 1
      to += run
    } else if (code > 128) {
      const end = Math.min(target.length, to + 257 - code)
      target.fill(bytes[at++], to, end)
      to = end
    }
  }
  if (to < target.length) throw new DamagedImage('RLE segment ends early')
}
