/** Entropy-coded data of JPEG, bit by bit (ISO 10918-1 F.2.2), and Huffman codes. */
import { DamagedImage } from '../decoded.ts'

const quickBits = 9

/** A Huffman table (annex C), with a shortcut for codes of up to 9 bits. */
export class HuffmanTable {
  /** By the next 9 bits: length × 256 + symbol, 0 where the code is longer. */
  readonly quick = new Uint16Array(1 << quickBits)
  /** For each length: the largest code (−1: none), and what to add to a code to index the symbols. */
  readonly largest = new Int32Array(17).fill(-1)
  readonly offset = new Int32Array(17)
  readonly symbols: Uint8Array

  /** `counts`: how many codes of 1…16 bits there are. */
  constructor(counts: Uint8Array, symbols: Uint8Array) {
    this.symbols = symbols
    let code = 0
    let index = 0
    for (let length = 1; length <= 16; length++) {
      const count = counts[length - 1]
      if (code + count > 1 << length) throw new DamagedImage('Huffman table with too many codes')
      this.offset[length] = index - code
      if (length <= quickBits)
        for (let n = 0; n < count; n++) {
          const first = (code + n) << (quickBits - length)
          this.quick.fill((length << 8) | symbols[index + n], first, first + (1 << (quickBits - length)))
        }
      code += count
      index += count
      if (count > 0) this.largest[length] = code - 1
      code <<= 1
    }
  }
}

export class BitReader {
  private readonly bytes: Uint8Array
  private at: number
  /** The next bits, from the top of 32. */
  private held = 0
  private count = 0
  /** Zero bits that were put in since the data had ended. */
  private invented = 0

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  /** Position of the marker that ended the data, or of the end. */
  get position(): number {
    let at = this.at
    while (at + 1 < this.bytes.length && !(this.bytes[at] === 0xff && this.bytes[at + 1] !== 0)) at++
    return at
  }

  /** Whether more was read than there was. */
  get exhausted(): boolean {
    return this.invented > this.count
  }

  private fill(): void {
    while (this.count <= 24) {
      let byte = this.at < this.bytes.length ? this.bytes[this.at] : -1
      if (byte === 0xff) {
        if (this.bytes[this.at + 1] === 0) this.at += 2
        else byte = -1
      } else if (byte >= 0) this.at++
      if (byte < 0) {
        this.invented += 8
        byte = 0
      }
      this.held |= byte << (24 - this.count)
      this.count += 8
    }
  }

  /** The next symbol by a Huffman table. */
  symbol(table: HuffmanTable): number {
    if (this.count < 16) this.fill()
    const quick = table.quick[this.held >>> (32 - quickBits)]
    if (quick) {
      const length = quick >> 8
      this.held <<= length
      this.count -= length
      return quick & 0xff
    }
    for (let length = quickBits + 1; length <= 16; length++) {
      const code = this.held >>> (32 - length)
      if (table.largest[length] >= code && code + table.offset[length] >= 0) {
        this.held <<= length
        this.count -= length
        return table.symbols[code + table.offset[length]]
      }
    }
    throw new DamagedImage('a code that is not in the Huffman table')
  }

  /** The next n bits (0…16) as an unsigned number. */
  bits(n: number): number {
    if (n === 0) return 0
    if (this.count < n) this.fill()
    const value = this.held >>> (32 - n)
    this.held <<= n
    this.count -= n
    return value
  }

  /** The next n bits as a difference: leading 0 means negative (F.2.2.1, EXTEND). */
  signed(n: number): number {
    if (n === 0) return 0
    const value = this.bits(n)
    return value < 1 << (n - 1) ? value - (1 << n) + 1 : value
  }

  /** Goes on after the restart marker that must come next. */
  restart(): void {
    if (this.exhausted) throw new DamagedImage('the image data ends early')
    this.at = this.position
    const marker = this.bytes[this.at + 1]
    if (!(marker >= 0xd0 && marker <= 0xd7)) throw new DamagedImage('no restart marker where one must be')
    this.at += 2
    this.held = this.count = this.invented = 0
  }
}
