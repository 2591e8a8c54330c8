/** What a compressed image says of its own size, read before anything is allocated. */
import { DamagedImage } from './decoded.ts'

export type CodestreamSize = { rows: number; columns: number; components: number; bits: number; process: number }

/** JPEG 2000 begins with SOC and SIZ (ISO 15444-1 A.5.1); some writers wrap it in a JP2 file. */
export function jpeg2000Size(bytes: Uint8Array): CodestreamSize & { start: number } {
  const reach = Math.min(bytes.length - 50, 4096)
  for (let at = 0; at <= reach; at++) {
    if (bytes[at] !== 0xff || bytes[at + 1] !== 0x4f || bytes[at + 2] !== 0xff || bytes[at + 3] !== 0x51) continue
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at)
    const columns = view.getUint32(8) - view.getUint32(16)
    const rows = view.getUint32(12) - view.getUint32(20)
    return {
      rows,
      columns,
      components: view.getUint16(40),
      bits: (view.getUint8(42) & 0x7f) + 1,
      process: 0,
      start: at,
    }
  }
  throw new DamagedImage('no JPEG 2000 codestream')
}

/** The frame header of a JPEG or JPEG-LS image (ISO 10918-1 B.2.2); `process` is n of SOFn (55 for JPEG-LS). */
export function jpegSize(bytes: Uint8Array): CodestreamSize {
  let at = 2
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new DamagedImage('no JPEG start')
  while (at + 10 <= bytes.length) {
    if (bytes[at] !== 0xff) throw new DamagedImage(`no JPEG marker at ${at}`)
    const marker = bytes[at + 1]
    if (marker === 0xff) at++
    else if ((marker >= 0xd0 && marker <= 0xd7) || marker === 0x01) at += 2
    else if (marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))) {
      const [rows, columns] = [bytes[at + 5] * 256 + bytes[at + 6], bytes[at + 7] * 256 + bytes[at + 8]]
      return { rows, columns, components: bytes[at + 9], bits: bytes[at + 4], process: marker - 0xc0 }
    } else if (marker === 0xd9 || marker === 0xda) break
    else at += 2 + bytes[at + 2] * 256 + bytes[at + 3]
  }
  throw new DamagedImage('no JPEG frame header')
}
