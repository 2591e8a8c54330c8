/**
 * PNG images as 8-bit grey or RGB, read by fast-png (MIT, no native code; all colour types and depths; interlaced
 * from 8 bits). Of 16 bits the upper eight are kept; transparency, gamma and colour profiles are passed over.
 */
import { convertIndexedToRgb, decode } from 'fast-png'

/** An image of 8 bits: rows from the top, `channels` (1 grey, 3 red, green, blue) of a pixel side by side. */
export interface Photo {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly samples: Uint8Array
}

/** Larger ones are refused before memory is taken. */
export const mostPixels = 2 ** 27

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
export const isPng = (bytes: Uint8Array): boolean => signature.every((byte, i) => bytes[i] === byte)

/** Throws an Error that says what is wrong with the bytes. */
export function decodePng(bytes: Uint8Array): Photo {
  if (!isPng(bytes)) throw new Error('it is no PNG file')
  if (bytes.length < 33) throw new Error('the file ends early')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  // The header comes first: signature, length, "IHDR", width, height.
  const pixels = view.getUint32(16) * view.getUint32(20)
  if (pixels > mostPixels) throw new Error(`${view.getUint32(16)} × ${view.getUint32(20)} pixels are too many`)
  const image = decodeOrSay(bytes)
  const { width, height, depth, palette } = image
  const values = palette ? 3 : image.channels
  const channels = values >= 3 ? 3 : 1
  const rows = palette ? convertIndexedToRgb(image) : image.data
  const samples = new Uint8Array(pixels * channels)
  // Depths below 8 come packed, each row from a byte of its own.
  const rowBytes = Math.ceil((width * depth) / 8)
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++, to++) {
        const at = (y * width + x) * values + c
        if (depth === 16) samples[to] = rows[at] >> 8
        else if (depth === 8 || palette) samples[to] = rows[at]
        else {
          const most = 2 ** depth - 1
          const bit = x * depth
          samples[to] = (255 / most) * ((rows[y * rowBytes + (bit >> 3)] >> (8 - depth - (bit & 7))) & most)
        }
      }
  return { width, height, channels, samples }
}

function decodeOrSay(bytes: Uint8Array): ReturnType<typeof decode> {
  try {
    return decode(bytes)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`the image is damaged or cut short (${why})`, { cause: error })
  }
}
