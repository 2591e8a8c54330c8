import { expect, it } from 'vitest'
import { outlines, type Outline } from './contours.ts'
import { seeded } from './testing.ts'

/** Pixels whose centres all outlines together enclose, even-odd. */
function filled(list: readonly Outline[], columns: number, rows: number): Uint8Array {
  const out = new Uint8Array(columns * rows)
  for (const outline of list)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        let odd = false
        for (const [n, [ax, ay]] of outline.entries()) {
          const [bx, by] = outline[(n + 1) % outline.length]
          if (ay <= y + 0.5 !== by <= y + 0.5 && ax + ((y + 0.5 - ay) / (by - ay)) * (bx - ax) > x + 0.5) odd = !odd
        }
        if (odd) out[x + columns * y] ^= 1
      }
  return out
}

const mask = (...rows: string[]) => Uint8Array.from(rows.join(''), (c) => Number(c === '#'))

it('a square is its four corners', () => {
  expect(outlines(mask('....', '.##.', '.##.', '....'), 4, 4)).toEqual([[[1, 1], [3, 1], [3, 3], [1, 3]]]) // prettier-ignore
})

it('a hole is joined to the outline around it, an island in it stands alone', () => {
  const picture = mask('#######', '#.....#', '#..#..#', '#.....#', '#######')
  const list = outlines(picture, 7, 5)
  expect(list).toHaveLength(2)
  expect(filled(list, 7, 5)).toEqual(picture)
  // Each alone says what is inside: the ring without the island.
  expect(filled([list[0]], 7, 5).reduce((sum, v) => sum + v)).toBe(20)
})

it('random pictures come back pixel for pixel, corners that touch and nested holes among them', () => {
  const random = seeded(7)
  for (let n = 0; n < 200; n++) {
    const [columns, rows] = [1 + Math.floor(random() * 14), 1 + Math.floor(random() * 14)]
    const share = random()
    const picture = Uint8Array.from({ length: columns * rows }, () => Number(random() < share))
    expect(filled(outlines(picture, columns, rows), columns, rows)).toEqual(picture)
  }
})
