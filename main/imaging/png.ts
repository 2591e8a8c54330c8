/**
 * PNG images (W3C PNG, third edition) as 8-bit grey or RGB: all colour types and bit depths, interlaced or not. Of 16 bits the
 * upper eight are kept; transparency, gamma and colour profiles are passed over, and so are checksums.
 */

/** An image of 8 bits: rows from the top, `channels` (1 grey, 3 red, green, blue) of a pixel side by side. */
export interface Photo {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly samples: Uint8Array
}

/** Larger ones are refused before memory is taken. */
export const mostPixels = 2 ** 27

interface Header {
  width: number
  height: number
  depth: number
  /** Values of a pixel in the file. */
  values: number
  indexed: boolean
  interlaced: boolean
}

/** Values of a pixel by colour type: grey, RGB, index into the palette, grey and RGB with transparency. */
const valuesOf: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
/** Adam7: first column and row of each pass, and the steps between them. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
]

/** inflate: zlib data to at most `most` bytes. Throws an Error that says what is wrong with the bytes. */
export function decodePng(bytes: Uint8Array, inflate: (packed: Uint8Array, most: number) => Uint8Array): Photo {
  const { header, palette, packed } = readChunks(bytes)
  const { width, height, depth, values, indexed, interlaced } = header
  const rowBytes = (columns: number) => Math.ceil((columns * values * depth) / 8)
  const parts = (interlaced ? passes : [[0, 0, 1, 1]]).map(([x, y, dx, dy]) => {
    return { x, y, dx, dy, columns: Math.ceil((width - x) / dx), rows: Math.ceil((height - y) / dy) }
  })
  const size = parts.reduce((sum, { columns, rows }) => sum + (columns > 0 ? rows * (1 + rowBytes(columns)) : 0), 0)
  const raw = inflate(packed, size)
  if (raw.length < size) throw new Error('the image data end early')
  const channels = indexed || values >= 3 ? 3 : 1
  const samples = new Uint8Array(width * height * channels)
  let at = 0
  for (const { x, y, dx, dy, columns, rows } of parts) {
    if (columns <= 0 || rows <= 0) continue
    const length = rowBytes(columns)
    let above: Uint8Array = new Uint8Array(length)
    for (let row = 0; row < rows; row++, at += 1 + length) {
      const line = raw.subarray(at + 1, at + 1 + length)
      unfilter(raw[at], line, above, Math.max(1, (values * depth) >> 3))
      above = line
      for (let column = 0; column < columns; column++) {
        const to = ((y + row * dy) * width + x + column * dx) * channels
        for (let c = 0; c < channels; c++) {
          samples[to + c] = indexed
            ? palette[3 * valueAt(line, column, depth) + c]
            : eightBits(valueAt(line, column * values + c, depth), depth)
        }
      }
    }
  }
  return { width, height, channels, samples }
}

function readChunks(bytes: Uint8Array): { header: Header; palette: Uint8Array; packed: Uint8Array } {
  if (!isPng(bytes)) throw new Error('it is no PNG file')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let header: Header | null = null
  let palette = new Uint8Array()
  const data: Uint8Array[] = []
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at)
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (at + 12 + length > bytes.length) throw new Error('the file ends early')
    const content = bytes.subarray(at + 8, at + 8 + length)
    if (name === 'IHDR') header = readHeader(content)
    else if (name === 'PLTE') palette = new Uint8Array(content)
    else if (name === 'IDAT') data.push(content)
    else if (name === 'IEND') break
    at += 12 + length
  }
  if (header === null || data.length === 0) throw new Error('it holds no image')
  if (header.indexed && palette.length < 3) throw new Error('its palette is missing')
  const packed = new Uint8Array(data.reduce((sum, part) => sum + part.length, 0))
  let end = 0
  for (const part of data) {
    packed.set(part, end)
    end += part.length
  }
  return { header, palette, packed }
}

function readHeader(content: Uint8Array): Header {
  if (content.length < 13) throw new Error('its header is damaged')
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [depth, colour, , , interlace] = content.subarray(8)
  const values = valuesOf[colour]
  if (!width || !height || !values || ![1, 2, 4, 8, 16].includes(depth)) throw new Error('its header is damaged')
  if (width * height > mostPixels) throw new Error(`${width} × ${height} pixels are too many`)
  return { width, height, depth, values, indexed: colour === 3, interlaced: interlace === 1 }
}

export const isPng = (bytes: Uint8Array): boolean =>
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, i) => bytes[i] === byte)

/** Undoes a row's filter in place. `step`: bytes from a pixel to the next one, at least 1. */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, step: number): void {
  for (let i = 0; i < line.length; i++) {
    const left = i < step ? 0 : line[i - step]
    const corner = i < step ? 0 : above[i - step]
    if (filter === 1) line[i] += left
    else if (filter === 2) line[i] += above[i]
    else if (filter === 3) line[i] += (left + above[i]) >> 1
    else if (filter === 4) line[i] += paeth(left, above[i], corner)
  }
}

/** Of left, above and corner the one that is nearest to left + above - corner. */
function paeth(left: number, above: number, corner: number): number {
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)]
  return a <= b && a <= c ? left : b <= c ? above : corner
}

/** The nth value of a row; of 16 bits the upper eight. */
function valueAt(line: Uint8Array, n: number, depth: number): number {
  if (depth >= 8) return line[n * (depth >> 3)]
  const bit = n * depth
  return (line[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1)
}

const eightBits = (value: number, depth: number): number => (depth >= 8 ? value : (255 * value) / ((1 << depth) - 1))
