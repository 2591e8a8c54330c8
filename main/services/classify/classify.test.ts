import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { encodePng } from '../../../tests/png.ts'
import { missingGrades, readGrades, requireTwoGrades } from './grades.ts'
import { prepareImages, squareOf } from './images.ts'
import { shownSquare } from './shown.ts'
import { drawSplit } from './split.ts'

const folder = mkdtempSync(join(tmpdir(), 'handful-classify-'))
afterAll(() => rmSync(folder, { recursive: true }))
const csv = (text: string) => {
  const file = join(folder, 'grades.csv')
  writeFileSync(file, text)
  return file
}

describe('a CSV of grades', () => {
  it('is read with or without titles, endings and quotes', () => {
    const grades = readGrades(csv('image,level\r\n10_left,0\r\n"a.b.png",3\n\nc.JPEG;1\n'))
    expect([...grades]).toEqual([['10_left', 0], ['a.b', 3], ['c', 1]]) // prettier-ignore
  })

  it.each([
    ['a,0\nb,high\n', /Line 2 .* no grade/],
    ['a,0\nb,-1\n', /Line 2/],
    ['a,0\na,2\n', /two grades, 0 and 2/],
    ['image,level\n', /holds no grades/],
  ])('%j is refused in words', (text, reason) => expect(() => readGrades(csv(text))).toThrow(reason))

  it('that is not there is refused in words', () =>
    expect(() => readGrades(join(folder, 'none.csv'))).toThrow(/could not be read/))
})

describe('grades', () => {
  it('that are all one are refused in words, also where it is not the lowest', () => {
    for (const grade of [0, 3])
      expect(() => requireTwoGrades([grade, grade], 'All images', 'Give others.')).toThrow(
        `All images have one and the same grade, ${grade}: there is nothing to tell apart. Give others.`,
      )
    expect(() => requireTwoGrades([0, 3, 0], 'All images', '')).not.toThrow()
  })

  it('without an image are named, between the lowest and the highest', () => {
    expect(missingGrades([3, 0, 0])).toEqual([1, 2])
    expect(missingGrades([2, 1, 3])).toEqual([])
  })
})

describe('the split', () => {
  const grades = new Map(Array.from({ length: 100 }, (_, i) => [`i${i}`, i < 60 ? 0 : i < 90 ? 1 : 2]))
  const counts = (names: string[]) => [0, 1, 2].map((g) => names.filter((name) => grades.get(name) === g).length)

  it('keeps the proportions of the grades, and nothing is in both parts', () => {
    const { learnt, validation } = drawSplit(grades, { validation: 0.2, labels: 0.5 }, 1)
    expect(counts(validation)).toEqual([12, 6, 2])
    expect(counts(learnt)).toEqual([24, 12, 4])
    expect(learnt.filter((name) => validation.includes(name))).toEqual([])
  })

  it('has both eyes of a person in the same part', () => {
    const eyes = new Map(
      Array.from({ length: 60 }, (_, i) => [`${Math.floor(i / 2)}_${i % 2 ? 'left' : 'right'}`, i % 3 === 0 ? 1 : 0]),
    )
    const { learnt, validation } = drawSplit(eyes, { validation: 0.3, labels: 1 }, 1)
    expect(learnt.length + validation.length).toBe(60)
    expect(validation.length).toBeGreaterThan(10)
    const persons = (names: string[]) => new Set(names.map((name) => name.split('_')[0]))
    expect([...persons(learnt)].filter((person) => persons(validation).has(person))).toEqual([])
  })

  it('has at least one image of each grade to learn from, fewer labels being a part of more', () => {
    const few = drawSplit(grades, { validation: 0.2, labels: 0.05 }, 1)
    const many = drawSplit(grades, { validation: 0.2, labels: 0.5 }, 1)
    expect(counts(few.learnt)).toEqual([2, 1, 1])
    expect(many.learnt).toEqual(expect.arrayContaining(few.learnt))
    expect(few.validation).toEqual(many.validation)
    expect(drawSplit(grades, { validation: 0.2, labels: 0.5 }, 2)).not.toEqual(many)
  })
})

/** 24 × 16, left half (200, 60, 30), right half (20, 90, 220); written by Chromium. */
const jpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABAAG/8QAFxABAAMAAAAAAAAAAAAAAAAAAARCgf/EABYBAQEBAAAAAAAAAAAAAAAAAAcEBv/EABsRAAEFAQEAAAAAAAAAAAAAAAADBjWCsgEC/9oADAMBAAIRAxEAPwDLjTaaSNNpqRqyqNs9Ni64lauvIVJGMGT/2Q==',
  'base64',
)

/** A photo of so many pixels, prepared as a square of 64; dark: what is not inside. */
const prepared = (width: number, height: number, inside: (x: number, y: number) => boolean, dark = 0) => {
  const samples = Uint8Array.from({ length: width * height }, (_, i) =>
    inside(i % width, Math.floor(i / width)) ? 40 + ((i * 37) % 200) : dark,
  )
  return squareOf({ width, height, channels: 1, samples }, 64)
}
const disc = (cx: number, cy: number, radius: number) => (x: number, y: number) => Math.hypot(x - cx, y - cy) < radius

describe('what pretraining cuts of an image', () => {
  it.each([
    ['a high one: no bar beside it', prepared(51, 64, () => true), [6, 7], 50],
    ['a wide one', prepared(128, 64, () => true), [16, 16], 32],
    ['a square one: all', prepared(64, 64, () => true), [0, 0], 64],
    ['a round picture in a wide photograph, nearly black about it', prepared(96, 64, disc(47.5, 31.5, 30), 8), [12, 11], 40], // prettier-ignore
    ['one that stands off the middle', prepared(64, 64, disc(20, 40, 16)), [5, 25], 30],
    ['a round picture cut off above and below', prepared(64, 40, disc(31.5, 19.5, 28)), [12, 12], 40],
    ['a black one: all', prepared(64, 64, () => false), [0, 0], 64],
    ['one with a speck beside it', prepared(64, 64, (x, y) => disc(31.5, 31.5, 16)(x, y) || (x === 2 && y === 31)), [16, 16], 32], // prettier-ignore
  ])('%s', (_, square, [x, y], side) =>
    expect(shownSquare(square, 64)).toEqual({ low: [x, y, 0], size: [side, side, 1] }),
  )
})

describe('images', () => {
  it('become squares with black beside them, colour by colour', () => {
    const samples = Uint8Array.from({ length: 4 * 2 * 3 }, (_, i) => [10, 20, 30][i % 3])
    const square = squareOf({ width: 4, height: 2, channels: 3, samples }, 4)
    expect([...square.subarray(0, 16)]).toEqual([0, 0, 0, 0, 10, 10, 10, 10, 10, 10, 10, 10, 0, 0, 0, 0])
    expect(square[16 + 4]).toBe(20)
    const grey = squareOf({ width: 2, height: 2, channels: 1, samples: Uint8Array.of(0, 100, 100, 200) }, 1)
    expect([...grey]).toEqual([100, 100, 100])
  })

  it('never show one image in place of another, however often reading was stopped', async () => {
    const images = mkdtempSync(join(folder, 'changing-'))
    const grey = (name: string, value: number) =>
      writeFileSync(join(images, name), encodePng(32, 32, () => value)) // prettier-ignore
    const output = join(folder, 'changing')
    const go = (isCancelled = () => false) => prepareImages(images, output, 32, {}, isCancelled)
    for (const [name, value] of [['b', 50], ['c', 100], ['d', 150]] as const) grey(`${name}.png`, value) // prettier-ignore
    await go()
    grey('a.png', 10)
    let read = 0
    await go(() => read++ === 2)
    const { cases } = await go()
    expect(cases.map(({ id, volumeFile }) => [id, readFileSync(volumeFile)[500]])).toEqual([
      ['a', 10],
      ['b', 50],
      ['c', 100],
      ['d', 150],
    ])
  })

  it('are read from a folder, PNG and JPEG; what is neither is named, and the rest goes on', async () => {
    const images = mkdtempSync(join(folder, 'images-'))
    writeFileSync(
      join(images, 'b.png'),
      encodePng(24, 16, (x, _, n) => (x < 12 ? [200, 60, 30] : [20, 90, 220])[n]),
    )
    writeFileSync(join(images, 'a.jpg'), jpeg)
    writeFileSync(join(images, 'c.jpeg'), 'no image')
    writeFileSync(join(images, 'notes.txt'), 'passed over')
    const go = () => prepareImages(images, join(folder, 'out'), 32, {}, () => false)
    const { cases, refused } = await go()
    expect(cases.map(({ id, shape, channels }) => [id, shape, channels])).toEqual([
      ['a', [32, 32, 1], 3],
      ['b', [32, 32, 1], 3],
    ])
    expect(refused).toMatchObject([{ name: 'c.jpeg' }])
    const [photo, drawn] = cases.map(({ volumeFile }) => readFileSync(volumeFile))
    const at = (bytes: Buffer, x: number) => [0, 1, 2].map((c) => bytes[(c * 32 + 16) * 32 + x])
    expect(at(drawn, 4)).toEqual([200, 60, 30])
    expect(at(drawn, 28)).toEqual([20, 90, 220])
    at(photo, 4).forEach((value, c) => expect(Math.abs(value - [200, 60, 30][c])).toBeLessThan(6))
    at(photo, 28).forEach((value, c) => expect(Math.abs(value - [20, 90, 220][c])).toBeLessThan(6))
    expect(await go()).toEqual({ cases, refused })
  })

  it('of the same name, or none at all, are refused in words', async () => {
    const images = mkdtempSync(join(folder, 'images-'))
    await expect(prepareImages(images, join(folder, 'o'), 32, {}, () => false)).rejects.toThrow(/no PNG or JPEG/)
    for (const name of ['a.png', 'a.jpg'])
      writeFileSync(
        join(images, name),
        encodePng(4, 4, () => 9),
      )
    await expect(prepareImages(images, join(folder, 'o'), 32, {}, () => false)).rejects.toThrow(/same name/)
  })
})
