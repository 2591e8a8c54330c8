/** Stored pixels to values: byte order, bits that count, sign, rescale (PS3.5 8.1.1, PS3.3 C.7.6.3.1, C.11.1). */
import type { SampleArray } from '../../../shared/domain/volume.ts'
import type { PixelFormat } from './format.ts'

/**
 * Reads `count` pixels that begin at byte `offset` into `target` from `at` on, rescaled. Bits outside Bits Stored may hold
 * anything (overlays, dirt) and are masked away; signed values are extended from their own highest bit. Says whether all
 * values lie in -32768…32767: a target of 16 bits cannot hold the others.
 * The caller has checked that the bytes are there.
 */
export function decodePixels(
  bytes: Uint8Array,
  offset: number,
  count: number,
  format: PixelFormat,
  target: SampleArray,
  at: number,
): boolean {
  const { bitsAllocated, bitsStored, highBit, signed, slope, intercept } = format
  if (bitsAllocated === 32) return thirtyTwoBits(bytes, offset, count, format, target, at)
  const stored =
    bitsAllocated === 8
      ? eightBits(bytes, offset, count, format.swappedBytes)
      : sixteenBits(bytes, offset, count, format.littleEndian)
  const down = highBit + 1 - bitsStored
  const mask = 2 ** bitsStored - 1
  const spare = signed ? 32 - bitsStored : 0
  if (slope !== 1 || intercept !== (intercept | 0) || Math.abs(intercept) > 1 << 30) {
    let fits = true
    for (let n = 0; n < count; n++) {
      const value = ((((stored[n] >> down) & mask) << spare) >> spare) * slope + intercept
      target[at + n] = value
      fits &&= value >= -32768 && value <= 32767
    }
    return fits
  }
  // As stored: bytes are copied, not read one by one.
  if (
    intercept === 0 &&
    bitsStored === 16 &&
    signed === target instanceof Int16Array &&
    target.BYTES_PER_ELEMENT === 2
  ) {
    target.set(signed ? new Int16Array(stored.buffer, stored.byteOffset, count) : stored, at)
    return signed
  }
  const isPlain = !signed && down === 0 && mask < 32768 && intercept <= 0 && intercept >= -32768
  if (isPlain && target instanceof Int16Array && stored instanceof Uint16Array && count % 2 === 0)
    if (stored.byteOffset % 4 === 0 && (target.byteOffset + 2 * at) % 4 === 0) {
      inPairs(stored, mask, -intercept, target, at)
      return true
    }
  return wholeNumbers(stored, count, down, mask, spare, intercept, target, at)
}

/** Two at a time, as halves of 32 bits: unsigned values below 2^15, less `minus`, 0…2^15. */
function inPairs(stored: Uint16Array, mask: number, minus: number, target: Int16Array, at: number): void {
  const [masks, less] = [mask * 0x10001, minus * 0x10001]
  const from = new Int32Array(stored.buffer, stored.byteOffset, stored.length / 2)
  const to = new Int32Array(target.buffer, target.byteOffset + 2 * at, stored.length / 2)
  // The highest bit of each half is set, so that neither borrows from its neighbour, and then turned back.
  for (let n = 0; n < to.length; n++) to[n] = (((from[n] & masks) | 0x80008000) - less) ^ 0x80008000
}

/** The same in whole numbers only, which is several times faster. */
function wholeNumbers(
  stored: Uint8Array | Uint16Array,
  count: number,
  down: number,
  mask: number,
  spare: number,
  intercept: number,
  target: SampleArray,
  at: number,
): boolean {
  let outside = 0
  for (let n = 0; n < count; n++) {
    const value = (((((stored[n] >> down) & mask) << spare) >> spare) + intercept) | 0
    target[at + n] = value
    // Of a value within 16 bits nothing is left above them.
    outside |= value + 32768
  }
  return outside >>> 16 === 0
}

function thirtyTwoBits(
  bytes: Uint8Array,
  offset: number,
  count: number,
  { bitsStored, highBit, signed, littleEndian, slope, intercept }: PixelFormat,
  target: SampleArray,
  at: number,
): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 4 * count)
  const [up, down] = [31 - highBit, 32 - bitsStored]
  let fits = true
  for (let n = 0; n < count; n++) {
    const word = view.getUint32(4 * n, littleEndian) << up
    const value = (signed ? word >> down : word >>> down) * slope + intercept
    target[at + n] = value
    fits &&= value >= -32768 && value <= 32767
  }
  return fits
}

function sixteenBits(bytes: Uint8Array, offset: number, count: number, littleEndian: boolean): Uint16Array {
  const start = bytes.byteOffset + offset
  if (littleEndian && start % 2 === 0) return new Uint16Array(bytes.buffer, start, count)
  const copy = bytes.slice(offset, offset + 2 * count)
  if (!littleEndian) swapPairs(copy)
  return new Uint16Array(copy.buffer, copy.byteOffset, count)
}

function eightBits(bytes: Uint8Array, offset: number, count: number, swapped: boolean): Uint8Array {
  if (!swapped) return bytes.subarray(offset, offset + count)
  const copy = bytes.slice(offset, Math.min(bytes.length, offset + count + (count % 2)))
  swapPairs(copy)
  return copy
}

function swapPairs(bytes: Uint8Array): void {
  for (let n = 0; n + 1 < bytes.length; n += 2) {
    const low = bytes[n]
    bytes[n] = bytes[n + 1]
    bytes[n + 1] = low
  }
}
