/**
 * 3D relative patch location: given a tile of a 3×3×3 grid and a neighbour of it, in which of the 26 directions does the
 * neighbour lie? Taleb et al., NeurIPS 2020, section 3.2, where the first tile is always the middle one: then the second alone
 * gives the answer to who knows the anatomy. In the `handful` recipe it is any tile; all directions of a grid are asked at
 * once, because every tile is encoded only once; the tiles keep a gap and change in brightness and contrast. Within a slice
 * (2D) there are 8 directions.
 */
import type { Random } from '../domain/random.ts'
import { cellAt, cellIndex, sceneTiles, tileCount, type TileGrid } from './grid.ts'
import { middlePlanes, type Picture } from './picture.ts'

export const relativeLocationRecipe = { side: 3 }

/**
 * Of the released code: configs/train/rpl_3d.json. jitter: voxels of a cube of 128. batch: scans, with one question each.
 * 2D (rpl_2d_pancreas.json): slices, and the eight places about the middle tile of nine.
 */
export const relativeLocationPaper = { jitter: 3, batch: 32, rate: 1e-4, planar: { jitter: 4, batch: 64, rate: 1e-5 } }

/** How many directions there are from a tile to its neighbours: 26, or 8 within a slice. Guessing is right once in so many. */
export const placesOf = (grid: TileGrid): number => tileCount(grid) - 1

/** The tile in the middle. */
export const centreTile = (grid: TileGrid): number => placesOf(grid) / 2

/** The tile that lies in direction `place` from the middle one: the tiles in order, without the middle. */
export const tileOfPlace = (grid: TileGrid, place: number): number => (place < centreTile(grid) ? place : place + 1)

/** Two tiles of which the query lies in direction `place` from the reference, each such pair equally likely. */
export function drawPair(random: Random, grid: TileGrid, place: number): { reference: number; query: number } {
  const middle = cellAt(grid, centreTile(grid))
  const offset = cellAt(grid, tileOfPlace(grid, place)).map((at, axis) => at - middle[axis])
  const from = offset.map((o, axis) => Math.max(0, -o) + random.integer(grid.counts[axis] - Math.abs(o)))
  const to = from.map((at, axis) => at + offset[axis])
  return { reference: cellIndex(grid, from[0], from[1], from[2]), query: cellIndex(grid, to[0], to[1], to[2]) }
}

/** A tile, and the one whose direction from it is asked for. */
export const picture: Picture = (scene, random) => {
  const { grid, tiles } = sceneTiles(scene, relativeLocationRecipe.side, random)
  const index = random.integer(placesOf(grid))
  const { reference, query } = drawPair(random, grid, index)
  const from = cellAt(grid, reference)
  const offset = cellAt(grid, query).map((at, axis) => at - from[axis])
  return {
    panels: [...middlePlanes(tiles[reference], 'reference'), ...middlePlanes(tiles[query], 'query')],
    answer: { task: 'relative-location', index, of: placesOf(grid), offset: offset as [number, number, number] },
  }
}
