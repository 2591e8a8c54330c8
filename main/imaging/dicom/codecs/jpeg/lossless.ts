/** Lossless JPEG (ISO 10918-1 annex H): each sample is a prediction from its neighbours plus a difference. */
import { DamagedImage } from '../decoded.ts'
import type { BitReader } from './bits.ts'
import type { Frame, Scan } from './decode.ts'

/** The samples of a one-component scan; `scan.from` is the predictor (1…7), `scan.low` the point transform. */
export function decodeLosslessScan(frame: Frame, scan: Scan, reader: BitReader): Uint16Array {
  const { rows, columns, bits, restartInterval } = frame
  const { dc: table, from: predictor, low: shift } = scan
  if (!table || predictor < 1 || predictor > 7 || bits < 2 || bits > 16 || shift >= bits)
    throw new DamagedImage('a lossless scan with impossible parameters')
  const out = new Uint16Array(rows * columns)
  const start = 1 << (bits - shift - 1)
  let firstLine = true
  let left = restartInterval
  for (let y = 0, n = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, n++) {
      if (restartInterval > 0) {
        if (left === 0) {
          reader.restart()
          left = restartInterval
          firstLine = true
        }
        left--
      }
      let prediction: number
      // A restart begins at a row's start in lossless JPEG (H.1.1), so its first row is predicted like the image's.
      if (firstLine) prediction = x === 0 ? start : out[n - 1]
      else if (x === 0) prediction = out[n - columns]
      else prediction = predict(predictor, out[n - 1], out[n - columns], out[n - columns - 1])
      const size = reader.symbol(table)
      if (size > 16) throw new DamagedImage('a difference of more than 16 bits')
      out[n] = prediction + (size === 16 ? 32768 : reader.signed(size))
    }
    firstLine = false
    if (reader.exhausted) throw new DamagedImage('the image data ends early')
  }
  if (shift > 0) for (let n = 0; n < out.length; n++) out[n] <<= shift
  return out
}

/** Table H.1: a is the sample to the left, b the one above, c the one above left. */
function predict(predictor: number, a: number, b: number, c: number): number {
  switch (predictor) {
    case 1:
      return a
    case 2:
      return b
    case 3:
      return c
    case 4:
      return a + b - c
    case 5:
      return a + ((b - c) >> 1)
    case 6:
      return b + ((a - c) >> 1)
    default:
      return (a + b) >> 1
  }
}
