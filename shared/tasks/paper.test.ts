/** What the `paper` recipe shows: geometry of its samples. */
import { describe, expect, it } from 'vitest'
import { random } from '../domain/random.ts'
import { column, cpcPaper, drawPaperTiles } from './contrastive-predictive-coding.ts'
import { drawAnchor, exemplarPaper } from './exemplar.ts'
import { drawTiles, gridCounts, paperGrid, scaledToCube, tileCount } from './grid.ts'
import { drawPermutations, hammingDistance, jigsawPaper } from './jigsaw.ts'
import { relativeLocationPaper } from './relative-location.ts'

const ramp = (side: number) => Float32Array.from({ length: side ** 3 }, (_, i) => 1 + i)

describe('grid of the paper', () => {
  it('has at 128 voxels cells of 42 and tiles of 39, anywhere in their cells', () => {
    const grid = paperGrid([128, 128, 128], gridCounts(3, false), scaledToCube(relativeLocationPaper.jitter, 128))
    expect([grid.cell[0], grid.tile[0], tileCount(grid)]).toEqual([42, 39, 27])
    const offsets = Array.from({ length: 40 }, (_, n) => drawTiles(random(n, 'x'), grid)[13][0] - 42)
    expect(new Set(offsets)).toEqual(new Set([0, 1, 2, 3]))
  })
})

describe('jigsaw of the paper', () => {
  it('has 100 permutations drawn at random, nearer to each other than chosen ones', () => {
    const drawn = drawPermutations(27, jigsawPaper.permutations)
    let nearest = Infinity
    drawn.forEach((a, i) => drawn.slice(i + 1).forEach((b) => (nearest = Math.min(nearest, hammingDistance(a, b)))))
    expect(nearest).toBeGreaterThanOrEqual(17)
    expect(nearest).toBeLessThanOrEqual(22)
    for (const p of drawn) expect(new Set(p).size).toBe(27)
  })
})

describe('contrastive predictive coding of the paper', () => {
  const grid = paperGrid([128, 128, 128], gridCounts(4, false), 0)

  it('never shows in the context what it predicts, and mirrors at the border', () => {
    expect(grid.tile).toEqual([32, 32, 32])
    for (let j = 0; j < 4; j++) {
      for (let i = 0; i < 4; i++) {
        const { context, predicted } = column(grid, i, j, 'mirror')
        expect(context).toHaveLength(10)
        for (const tile of context) expect(tile).toBeLessThan(32) // rows 0 and 1
        for (const tile of predicted) expect(tile).toBeGreaterThanOrEqual(32) // rows 2 and 3
      }
    }
    // Column (0, 0): beyond the border stands column 1.
    expect(column(grid, 0, 0, 'mirror').context.slice(0, 9)).toEqual([5, 4, 5, 1, 0, 1, 5, 4, 5])
  })

  it('cuts tiles from their own cells, cropped and set back, mirrored along the columns or not', () => {
    const side = 32
    const size = 8
    const small = paperGrid([side, side, side], gridCounts(4, false), 0)
    const cube = ramp(side)
    const tiles = new Float32Array(side ** 3)
    const mirrored = new Set<boolean>()
    const share: number[] = []
    let foreign = 0
    for (let seed = 0; seed < 6; seed++) {
      drawPaperTiles(random(seed, 'cpc'), cube, small, 1, tiles)
      const scanShift = Math.ceil((1 - cpcPaper.scanCrop) * side)
      for (let tile = 0; tile < 64; tile++) {
        const values = tiles.subarray(tile * size ** 3, (tile + 1) * size ** 3)
        const cell = [tile % 4, Math.floor(tile / 4) % 4, Math.floor(tile / 16)]
        const rows: number[] = []
        values.forEach((value, v) => {
          if (value === 0) return
          const at = value - 1
          const place = [at % side, Math.floor(at / side) % side, Math.floor(at / side ** 2)]
          place.forEach((p, axis) => {
            if (p < cell[axis] * size - scanShift || p >= (cell[axis] + 1) * size + scanShift) foreign++
          })
          if (v % size ** 2 === 27) rows.push(place[2])
        })
        mirrored.add(rows[0] > rows.at(-1)!)
        share.push(values.filter((v) => v !== 0).length / values.length)
      }
    }
    expect(foreign).toBe(0)
    expect(mirrored).toEqual(new Set([true, false]))
    // Seven of eight voxels along each axis are kept, less what the crop of the scan took at its border.
    expect(Math.max(...share)).toBeCloseTo((7 / 8) ** 3, 2)
  })
})

describe('anchor of the paper', () => {
  const side = 8
  const cube = ramp(side)

  it('is the scan itself sometimes, else flipped, turned, zoomed, brighter or darker; the same for the same seed', () => {
    const views = Array.from({ length: 60 }, (_, seed) =>
      drawAnchor(random(seed, 'anchor'), cube, [side, side, side], 1),
    )
    const sorted = (values: Float32Array) => [...values].sort((a, b) => a - b).join()
    // Flips and quarter turns only move voxels; about a fifth of the samples have nothing else.
    const moved = views.filter((view) => sorted(view) === sorted(cube)).length
    expect(moved).toBeGreaterThan(3)
    expect(moved).toBeLessThan(40)
    expect(drawAnchor(random(7, 'anchor'), cube, [side, side, side], 1)).toEqual(views[7])
    expect(cube).toEqual(ramp(side))
    for (const view of views) expect(view.every(Number.isFinite)).toBe(true)
    expect(exemplarPaper.margin).toBe(1)
  })

  it('keeps the channels of a voxel together', () => {
    const two = Float32Array.from({ length: 2 * side ** 3 }, (_, i) => (i % 2 === 0 ? 1 : 3))
    for (let seed = 0; seed < 10; seed++) {
      const view = drawAnchor(random(seed, 'anchor'), two, [side, side, side], 2)
      const middle = 2 * (side / 2 + side * (side / 2 + side * (side / 2)))
      expect(view[middle]).toBeLessThan(view[middle + 1])
    }
  })
})
