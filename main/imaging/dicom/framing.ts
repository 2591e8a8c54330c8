/** Where a DICOM file's parts begin and how they are encoded, by what the bytes show and not only by what they say. */

export type Encoding = 'implicit' | 'explicit' | 'big'

/** Whether bytes look like a DICOM file: "DICM" after the preamble or at once, or a first element that makes sense. */
export function looksLikeDicom(bytes: Uint8Array): boolean {
  return frame(bytes) !== undefined
}

/** Where the meta header (group 0002) or, without one, the data set begins. */
export function frame(bytes: Uint8Array): { at: number; meta: boolean } | undefined {
  if (ascii(bytes, 128, 4) === 'DICM') return { at: 132, meta: true }
  if (ascii(bytes, 0, 4) === 'DICM') return { at: 4, meta: true }
  if (bytes.length < 16) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(0, true) === 2 && view.getUint16(2, true) <= 0x0103 && isVr(ascii(bytes, 4, 2)))
    return { at: 0, meta: true }
  // A bare data set starts with group 0008 (or, rarely, 0000…0004); only group 8 is telling enough.
  for (const little of [true, false])
    if (view.getUint16(0, little) === 8 && view.getUint16(2, little) <= 0x0070) {
      const length = view.getUint32(4, little)
      if (isVr(ascii(bytes, 4, 2)) || (little && length <= 1024 && length % 2 === 0)) return { at: 0, meta: false }
    }
  return undefined
}

/** Reads group 0002, always explicit little endian (PS3.10 7.1), as texts; `start` is where the data set begins. */
export function readMeta(
  bytes: Uint8Array,
  framed: { at: number; meta: boolean },
): { meta: Record<string, string>; start: number } {
  const meta: Record<string, string> = {}
  let at = framed.at
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  while (framed.meta && at + 8 <= bytes.length && view.getUint16(at, true) === 2) {
    const vr = ascii(bytes, at + 4, 2)
    const long = longVrs.has(vr)
    if (long && at + 12 > bytes.length) break
    // Some writers encode the meta header without VRs, against the standard.
    const length = !isVr(vr)
      ? view.getUint32(at + 4, true)
      : long
        ? view.getUint32(at + 8, true)
        : view.getUint16(at + 6, true)
    const value = at + (long ? 12 : 8)
    if (value + length > bytes.length) break
    const element = view
      .getUint16(at + 2, true)
      .toString(16)
      .padStart(4, '0')
    if (!long && length <= 256) meta[`x0002${element}`] = ascii(bytes, value, length).replaceAll('\0', '').trim()
    at = value + length
  }
  return { meta, start: at }
}

/** How the element at `at` looks to be encoded, whatever the file says; undefined where it could be anything. */
export function encodingAt(bytes: Uint8Array, at: number): Encoding | undefined {
  if (at + 8 > bytes.length) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [little, big] = [view.getUint16(at, true), view.getUint16(at, false)]
  if (isVr(ascii(bytes, at + 4, 2))) return big < little ? 'big' : 'explicit'
  return little < 0x100 ? 'implicit' : undefined
}

function ascii(bytes: Uint8Array, at: number, count: number): string {
  let text = ''
  for (let n = at; n < Math.min(bytes.length, at + count); n++) text += String.fromCharCode(bytes[n])
  return text
}

const longVrs = new Set(['OB', 'OW', 'UN', 'UT', 'SQ', 'OF'])
const vrs = new Set(
  'AE AS AT CS DA DS DT FL FD IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV'.split(' '),
)
const isVr = (text: string) => vrs.has(text)
