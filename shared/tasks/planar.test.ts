/** The 2D counterparts: the same tasks on a grid, a cube or a warp that is one slice thick. */
import { describe, expect, it } from 'vitest'
import { random } from '../domain/random.ts'
import { columnsOf, drawPaperTiles } from './contrastive-predictive-coding.ts'
import { drawAnchor } from './exemplar.ts'
import { cellAt, drawTiles, gridCounts, paperGrid, planGrid, tileCount } from './grid.ts'
import { centreTile, drawPair, placesOf, tileOfPlace } from './relative-location.ts'
import { drawMask } from './restoration.ts'
import { planarRotations, rotateCube, rotationsFor } from './rotation.ts'

type Triple = [number, number, number]
const slice = (side: number) => Float32Array.from({ length: side ** 2 }, (_, i) => 1 + i)
const sorted = (values: Float32Array) => [...values].sort((a, b) => a - b)

it('a slice has four rotations, each about z, where its two spacings are alike', () => {
  const size: Triple = [4, 4, 1]
  const turned = planarRotations.map((rotation) => {
    const result = new Float32Array(16)
    rotateCube(slice(4), result, size, 1, rotation)
    expect(sorted(result)).toEqual([...slice(4)])
    return result.join()
  })
  expect(new Set(turned).size).toBe(4)
  expect(rotationsFor([1, 1, 5], true)).toEqual(planarRotations)
  expect(rotationsFor([1, 3, 1], true).map(({ degrees }) => degrees)).toEqual([0, 180])
})

describe('a grid of a slice', () => {
  it('has nine tiles of one voxel in depth, inside their cells', () => {
    for (const grid of [
      planGrid(gridCounts(3, true), [33, 45, 1], [8, 8, 1]),
      paperGrid([128, 128, 1], gridCounts(3, true), 4),
    ]) {
      expect(tileCount(grid)).toBe(9)
      expect([grid.cell[2], grid.tile[2]]).toEqual([1, 1])
      drawTiles(random(1, 'tiles'), grid).forEach((start, index) => {
        cellAt(grid, index).forEach((cell, axis) => {
          expect(start[axis]).toBeGreaterThanOrEqual(cell * grid.cell[axis])
          expect(start[axis] + grid.tile[axis]).toBeLessThanOrEqual((cell + 1) * grid.cell[axis])
        })
      })
    }
  })

  it('asks for eight places about a tile', () => {
    const grid = planGrid(gridCounts(3, true), [30, 30, 1], [8, 8, 1])
    expect([placesOf(grid), centreTile(grid)]).toEqual([8, 4])
    const tiles = Array.from({ length: 8 }, (_, place) => tileOfPlace(grid, place))
    expect(tiles).toEqual([0, 1, 2, 3, 5, 6, 7, 8])
    const draw = random(1, 'pairs')
    for (let place = 0; place < 8; place++) {
      const { reference, query } = drawPair(draw, grid, place)
      expect(query - reference).toBe(tileOfPlace(grid, place) - 4)
    }
  })

  it('has four columns along y for CPC, whose context never holds what they predict', () => {
    const grid = paperGrid([32, 32, 1], gridCounts(4, true), 0)
    const columns = columnsOf(grid, 'mirror')
    expect(columns).toHaveLength(4)
    columns.forEach(({ context, predicted }, i) => {
      expect(context).toHaveLength(4)
      for (const tile of context) expect(tile).toBeLessThan(8) // rows 0 and 1
      expect(predicted).toEqual([8 + i, 12 + i])
    })
    expect(columns[0].context).toEqual([1, 0, 1, 4])
  })
})

it('CPC cuts the tiles of a slice from their own cells, cropped but not mirrored', () => {
  const grid = paperGrid([48, 48, 1], gridCounts(4, true), 0)
  const tiles = new Float32Array(48 ** 2)
  drawPaperTiles(random(2, 'cpc'), slice(48), grid, 1, tiles)
  for (let tile = 0; tile < 16; tile++) {
    const values = tiles.subarray(tile * 144, (tile + 1) * 144).filter((value) => value !== 0)
    // A tile of 12 is cropped to 11; the crop of the slice (to 45) takes some of those at its border.
    expect(values.length).toBeLessThanOrEqual(121)
    expect(values.length).toBeGreaterThanOrEqual(81)
    // Along y as along x, values grow as in the slice.
    for (let i = 1; i < values.length; i++) expect(values[i]).toBeGreaterThan(values[i - 1])
  }
})

it('the anchor of a slice is the slice flipped, turned, zoomed or coloured: never out of its plane', () => {
  const size: Triple = [9, 9, 1]
  const views = Array.from({ length: 60 }, (_, seed) => drawAnchor(random(seed, 'anchor'), slice(9), size, 1))
  const moved = views.filter((view) => sorted(view).join() === slice(9).join())
  // Unlike in 3D there is one plane to turn in: more than a third are no more than moved.
  expect(moved.length).toBeGreaterThan(15)
  // A turn out of the plane would leave one line of voxels.
  for (const view of views) expect(view.filter((value) => value !== 0).length).toBeGreaterThan(30)
})

it('restoration hides blocks of a slice', () => {
  const mask = new Float32Array(40 * 32)
  drawMask(random(1, 'mask'), [40, 32, 1], 8, 0.7, mask)
  const share = mask.reduce((sum, m) => sum + m, 0) / mask.length
  expect(share).toBeGreaterThan(0.5)
  expect(share).toBeLessThan(0.9)
})
