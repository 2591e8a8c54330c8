/** Writes PNG images for tests, of every kind that the standard has. */
import { crc32, deflateSync } from 'node:zlib'

export interface PngKind {
  depth?: 1 | 2 | 4 | 8 | 16
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  colour?: 0 | 2 | 3 | 4 | 6
  /** RGB triples, one after another. */
  palette?: number[]
  /** Filter of row n: 0 to 4. */
  filter?: (row: number) => number
  interlaced?: boolean
}

const valuesOf = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
const adam7 = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]] // prettier-ignore

/** value(x, y, n): the nth value of a pixel as it stands in the file. */
export function encodePng(
  width: number,
  height: number,
  value: (x: number, y: number, n: number) => number,
  { depth = 8, colour = 2, palette, filter = () => 0, interlaced = false }: PngKind = {},
): Buffer {
  const values = valuesOf[colour]
  const step = Math.max(1, (values * depth) >> 3)
  const rows: number[] = []
  for (const [x0, y0, dx, dy] of interlaced ? adam7 : [[0, 0, 1, 1]]) {
    if (x0 >= width) continue
    let above: number[] = []
    for (let y = y0, row = 0; y < height; y += dy, row++) {
      const bits: string[] = []
      for (let x = x0; x < width; x += dx) {
        for (let n = 0; n < values; n++) bits.push(value(x, y, n).toString(2).padStart(depth, '0'))
      }
      const line = bits.join('').replace(/.{1,8}/g, (byte) => `${parseInt(byte.padEnd(8, '0'), 2)},`).split(',').slice(0, -1).map(Number) // prettier-ignore
      rows.push(filter(row), ...line.map((byte, i) => filtered(filter(row), line, above, i, byte, step)))
      above = line
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Buffer.from(palette))] : []),
    chunk('IDAT', deflateSync(Buffer.from(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function filtered(filter: number, line: number[], above: number[], i: number, byte: number, step: number): number {
  const [a, b, c] = [line[i - step] ?? 0, above[i] ?? 0, above[i - step] ?? 0]
  const p = a + b - c
  const [pa, pb, pc] = [a, b, c].map((n) => Math.abs(p - n))
  const guess = [0, a, b, Math.floor((a + b) / 2), pa <= pb && pa <= pc ? a : pb <= pc ? b : c][filter]
  return (byte - guess) & 255
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content])
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length)
  crc.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, crc])
}
