/** Encapsulated pixel data (PS3.5 A.4): an offset table and fragments, which make up frames. */
import type { Dataset } from '../dataset.ts'
import { DamagedImage } from './decoded.ts'

type Fragment = { offset: number; length: number }

/** The compressed bytes of each of `count` frames, without copying where a frame is one fragment. Throws DamagedImage. */
export function encapsulatedFrames(dataset: Dataset, count: number): (() => Uint8Array)[] {
  const { bytes } = dataset
  const items = fragments(bytes, dataset.pixels!.offset)
  const [table, ...parts] = items
  if (!table || parts.length < count) throw new DamagedImage(`${parts.length} fragments for ${count} frames`)
  const starts = parts.length === count ? undefined : (offsets(dataset, table, count) ?? byStart(bytes, parts, count))
  const base = table.offset + table.length
  return Array.from({ length: count }, (_, n) => {
    if (count === 1) return () => join(bytes, parts)
    if (!starts) return () => join(bytes, [parts[n]])
    // Offsets count from the first fragment's item tag, 8 bytes before its value.
    const inFrame = ({ offset }: Fragment) =>
      offset - 8 - base >= starts[n] && (n + 1 === count || offset - 8 - base < starts[n + 1])
    return () => join(bytes, parts.filter(inFrame))
  })
}

/** All items up to the sequence delimiter, or to where the bytes end. */
function fragments(bytes: Uint8Array, start: number): Fragment[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found: Fragment[] = []
  for (let at = start; at + 8 <= bytes.length;) {
    if (view.getUint16(at, true) !== 0xfffe || view.getUint16(at + 2, true) !== 0xe000) break
    const length = view.getUint32(at + 4, true)
    if (at + 8 + length > bytes.length) throw new DamagedImage('a fragment is cut short')
    found.push({ offset: at + 8, length })
    at += 8 + length
  }
  return found
}

/** The basic or extended offset table, if it is there and has an entry for each frame. */
function offsets(dataset: Dataset, table: Fragment, count: number): number[] | undefined {
  const view = new DataView(dataset.bytes.buffer, dataset.bytes.byteOffset, dataset.bytes.byteLength)
  if (table.length >= 4 * count)
    return Array.from({ length: count }, (_, n) => view.getUint32(table.offset + 4 * n, true))
  const extended = dataset.elements.x7fe00001
  if (!extended || extended.length < 8 * count || extended.dataOffset + 8 * count > dataset.bytes.length)
    return undefined
  return Array.from({ length: count }, (_, n) => Number(view.getBigUint64(extended.dataOffset + 8 * n, true)))
}

/** Without a table: a frame begins with each fragment that begins as a compressed image does. */
function byStart(bytes: Uint8Array, parts: Fragment[], count: number): number[] {
  const base = parts[0].offset - 8
  const begins = parts.filter(({ offset }) => {
    const [a, b, c] = [bytes[offset], bytes[offset + 1], bytes[offset + 2]]
    return a === 0xff && (b === 0xd8 || b === 0x4f) && c === 0xff
  })
  if (count > 1 && begins.length !== count)
    throw new DamagedImage(`${parts.length} fragments for ${count} frames, no offset table`)
  return begins.map(({ offset }) => offset - 8 - base)
}

function join(bytes: Uint8Array, parts: Fragment[]): Uint8Array {
  if (parts.length === 1) return bytes.subarray(parts[0].offset, parts[0].offset + parts[0].length)
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const { offset, length } of parts) {
    out.set(bytes.subarray(offset, offset + length), at)
    at += length
  }
  return out
}
