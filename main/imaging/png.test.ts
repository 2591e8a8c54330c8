import { describe, expect, it } from 'vitest'
import { encodePng, type PngKind } from '../../tests/png.ts'
import { decodePng } from './png.ts'

const [width, height] = [13, 11]
/** Different everywhere, within the depth. */
const pattern = (depth: number) => (x: number, y: number, n: number) => (x * 7 + y * 13 + n * 29) % 2 ** Math.min(depth, 12) // prettier-ignore
const all = { filter: (row: number) => row % 5 }

describe('PNG', () => {
  it.each<PngKind>([
    { colour: 2, depth: 8 },
    { colour: 2, depth: 8, interlaced: true },
    { colour: 6, depth: 8 },
    { colour: 2, depth: 16 },
    { colour: 6, depth: 16, interlaced: true },
  ])('%j: red, green and blue of every pixel, by every filter', (kind) => {
    const value = pattern(kind.depth!)
    const photo = decodePng(encodePng(width, height, value, { ...kind, ...all }))
    expect([photo.width, photo.height, photo.channels]).toEqual([width, height, 3])
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < 3; c++) {
          expect(photo.samples[(y * width + x) * 3 + c]).toBe(value(x, y, c) >> (kind.depth! - 8))
        }
      }
    }
  })

  it.each<PngKind>([
    { colour: 0, depth: 1 },
    { colour: 0, depth: 2 },
    { colour: 0, depth: 4 },
    { colour: 0, depth: 8, interlaced: true },
    { colour: 0, depth: 16 },
    { colour: 4, depth: 8 },
  ])('%j: grey, black to white whatever the depth', (kind) => {
    const value = pattern(kind.depth!)
    const photo = decodePng(encodePng(width, height, value, { ...kind, ...all }))
    expect(photo.channels).toBe(1)
    const grey = (x: number, y: number) =>
      kind.depth! > 8 ? value(x, y, 0) >> 8 : (255 / (2 ** kind.depth! - 1)) * value(x, y, 0)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) expect(photo.samples[y * width + x]).toBe(grey(x, y))
    }
  })

  it('a palette of four colours', () => {
    const palette = [10, 20, 30, 40, 50, 60, 70, 80, 90, 200, 210, 220]
    const photo = decodePng(encodePng(5, 2, (x, y) => (x + y) % 4, { colour: 3, depth: 2, palette }))
    expect([...photo.samples.subarray(0, 9)]).toEqual(palette.slice(0, 9))
    expect([...photo.samples.subarray(15, 18)]).toEqual([40, 50, 60])
  })

  it('says what is wrong with bytes that are none', () => {
    const whole = encodePng(8, 8, () => 7)
    expect(() => decodePng(Buffer.from('no image'))).toThrow('no PNG')
    expect(() => decodePng(whole.subarray(0, whole.length - 20))).toThrow('cut short')
    // What the library can't read, and no camera writes.
    const odd = encodePng(8, 8, (x) => x % 4, { depth: 2, interlaced: true, ...all })
    expect(() => decodePng(odd)).toThrow('damaged')
    const large = Buffer.from(whole)
    large.writeUInt32BE(60_000, 16)
    large.writeUInt32BE(60_000, 20)
    expect(() => decodePng(large)).toThrow('too many')
    const taller = Buffer.from(whole)
    taller.writeUInt32BE(9, 20)
    expect(() => decodePng(taller)).toThrow('cut short')
  })
})
