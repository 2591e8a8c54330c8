/** DCT-based JPEG of one component, 8 or 12 bits: sequential and progressive Huffman scans (ISO 10918-1 F.2 and G.2). */
import { DamagedImage } from '../decoded.ts'
import type { BitReader, HuffmanTable } from './bits.ts'
import type { Frame, Scan } from './decode.ts'

/** Natural position of the n-th coefficient in zigzag order (figure 5). */
const zigzag = Uint8Array.of(
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55,
  62, 63,
) // prettier-ignore

/** cosine[8 * x + u] = C(u) / 2 · cos((2x + 1) u π / 16) (A.3.3). */
const cosine = Float64Array.from({ length: 64 }, (_, n) => {
  const [x, u] = [n >> 3, n & 7]
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16)
})

/** The coefficients of an image, filled scan by scan. */
export class DctImage {
  hasScans = false
  private readonly frame: Frame
  private readonly progressive: boolean
  private readonly across: number
  private readonly down: number
  /** 64 for each block, in zigzag order. */
  private readonly coefficients: Int32Array
  /** Blocks left of a run in which no new coefficients appear (G.1.2.2). */
  private endRun = 0
  private lastDc = 0

  constructor(frame: Frame, progressive: boolean) {
    this.frame = frame
    this.progressive = progressive
    this.across = Math.ceil(frame.columns / 8)
    this.down = Math.ceil(frame.rows / 8)
    this.coefficients = new Int32Array(this.across * this.down * 64)
  }

  decodeScan(scan: Scan, reader: BitReader): void {
    const { restartInterval } = this.frame
    const decodeBlock = this.blockDecoder(scan)
    this.endRun = this.lastDc = 0
    const blocks = this.across * this.down
    for (let n = 0; n < blocks; n++) {
      if (restartInterval > 0 && n > 0 && n % restartInterval === 0) {
        reader.restart()
        this.endRun = this.lastDc = 0
      }
      decodeBlock(n * 64, reader)
      if (n % this.across === 0 && reader.exhausted) throw new DamagedImage('the image data ends early')
    }
    if (reader.exhausted) throw new DamagedImage('the image data ends early')
    this.hasScans = true
  }

  private blockDecoder(scan: Scan): (at: number, reader: BitReader) => void {
    const { from, to, high } = scan
    if (to > 63 || from > to) throw new DamagedImage('a scan of impossible coefficients')
    const need = (table: HuffmanTable | undefined): HuffmanTable => {
      if (!table) throw new DamagedImage('a Huffman table is missing')
      return table
    }
    if (!this.progressive) {
      const [dc, ac] = [need(scan.dc), need(scan.ac)]
      return (at, reader) => {
        this.firstDc(at, reader, dc, 0)
        this.firstAc(at, reader, ac, 1, 63, 0)
      }
    }
    const low = scan.low
    if (from === 0) {
      if (high > 0) return (at, reader) => void (this.coefficients[at] |= reader.bits(1) << low)
      const dc = need(scan.dc)
      return (at, reader) => this.firstDc(at, reader, dc, low)
    }
    const ac = need(scan.ac)
    return high === 0
      ? (at, reader) => this.firstAc(at, reader, ac, from, to, low)
      : (at, reader) => this.refineAc(at, reader, ac, scan)
  }

  private firstDc(at: number, reader: BitReader, table: HuffmanTable, low: number): void {
    const size = reader.symbol(table)
    if (size > 16) throw new DamagedImage('a DC difference of more than 16 bits')
    this.lastDc += reader.signed(size)
    this.coefficients[at] = this.lastDc << low
  }

  private firstAc(at: number, reader: BitReader, table: HuffmanTable, from: number, to: number, low: number): void {
    if (this.endRun > 0) {
      this.endRun--
      return
    }
    for (let k = from; k <= to; k++) {
      const symbol = reader.symbol(table)
      const [run, size] = [symbol >> 4, symbol & 15]
      if (size === 0) {
        if (run < 15) {
          this.endRun = this.progressive ? (1 << run) - 1 + reader.bits(run) : 0
          return
        }
        k += 15
      } else {
        k += run
        if (k > to) throw new DamagedImage('a run past the end of a block')
        this.coefficients[at + k] = reader.signed(size) << low
      }
    }
  }

  /** One more bit of the coefficients that are there, and new ones of that size between them (G.1.2.3). */
  private refineAc(at: number, reader: BitReader, table: HuffmanTable, { from, to, low }: Scan): void {
    const { coefficients } = this
    const one = 1 << low
    const refine = (n: number) => {
      const value = coefficients[n]
      if (reader.bits(1) && (Math.abs(value) & one) === 0) coefficients[n] = value < 0 ? value - one : value + one
    }
    let k = from
    if (this.endRun === 0)
      for (; k <= to; k++) {
        const symbol = reader.symbol(table)
        let run = symbol >> 4
        let fresh = 0
        if ((symbol & 15) === 0) {
          if (run < 15) {
            this.endRun = (1 << run) + reader.bits(run)
            break
          }
        } else fresh = reader.bits(1) ? one : -one
        for (; k <= to; k++) {
          if (coefficients[at + k] !== 0) refine(at + k)
          else if (run-- === 0) {
            if (fresh !== 0) coefficients[at + k] = fresh
            break
          }
        }
      }
    if (this.endRun > 0) {
      for (; k <= to; k++) if (coefficients[at + k] !== 0) refine(at + k)
      this.endRun--
    }
  }

  /** The image: dequantised, transformed back (A.3.3), shifted to unsigned and clipped. `table` is in zigzag order. */
  samples(table: Uint16Array): Uint16Array {
    const { rows, columns, bits } = this.frame
    const out = new Uint16Array(rows * columns)
    const [middle, most] = [2 ** (bits - 1), 2 ** bits - 1]
    const block = new Float64Array(64)
    const half = new Float64Array(64)
    for (let n = 0; n < this.across * this.down; n++) {
      block.fill(0)
      for (let k = 0; k < 64; k++) block[zigzag[k]] = this.coefficients[64 * n + k] * table[k]
      for (let v = 0; v < 8; v++)
        for (let x = 0; x < 8; x++) {
          let sum = 0
          for (let u = 0; u < 8; u++) sum += cosine[8 * x + u] * block[8 * v + u]
          half[8 * v + x] = sum
        }
      const left = 8 * (n % this.across)
      const top = 8 * Math.floor(n / this.across)
      for (let y = 0; y < 8 && top + y < rows; y++)
        for (let x = 0; x < 8 && left + x < columns; x++) {
          let sum = 0
          for (let v = 0; v < 8; v++) sum += cosine[8 * y + v] * half[8 * v + x]
          out[(top + y) * columns + left + x] = Math.min(most, Math.max(0, Math.round(sum + middle)))
        }
    }
    return out
  }
}
