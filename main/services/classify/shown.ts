/** What of a prepared image shows something, so that pretraining can keep to it. */
import type { Region } from '../../imaging/region.ts'

/** Darker than this share of an image's brightest colour counts as black: so JPEG leaves what lies about a round picture. */
const black = 0.1
/** A row or column with less than this share of what the fullest one shows is the edge of a round picture, or a speck. */
const sliver = 0.05

/**
 * Of a square as squareOf makes it: the largest square about the middle of what is not black. What pretraining cuts there has
 * no black bar that tells which way up an image is or where in it a tile lies, also where a round picture stands in a wide
 * photograph or is cut off above and below. Not the whole box: made a square, it would be stretched along one axis. The side
 * is even: a smaller one then has equally much beside it on all sides of a crop, whose side is even, too.
 */
export function shownSquare(square: Uint8Array, size: number): Region {
  const pixels = size * size
  const limit = black * square.reduce((most, value) => Math.max(most, value), 0)
  const [columns, rows] = [new Uint32Array(size), new Uint32Array(size)]
  for (let i = 0; i < pixels; i++) {
    if (square[i] <= limit && square[pixels + i] <= limit && square[2 * pixels + i] <= limit) continue
    columns[i % size]++
    rows[Math.floor(i / size)]++
  }
  const spans = [columns, rows].map((counts) => {
    const least = sliver * Math.max(...counts)
    const low = counts.findIndex((n) => n >= least)
    return { low, length: counts.findLastIndex((n) => n >= least) + 1 - low }
  })
  const shorter = Math.min(...spans.map(({ length }) => length))
  const side = shorter - (shorter % 2) || 1
  const [x, y] = spans.map(({ low, length }) => low + Math.floor((length - side) / 2))
  return { low: [x, y, 0], size: [side, side, 1] }
}
