/**
 * A grid of tiles in a scan, for the tasks that ask how parts lie to each other (relative location, jigsaw, CPC).
 * Taleb et al., NeurIPS 2020, sections 3.1-3.3. Each cell of the grid holds one tile at a random place inside the cell, so
 * that neither a seam nor the distance between tiles tells which ones belong together.
 */
import type { Random } from '../domain/random.ts'
import { cutScene, type Scene } from './picture.ts'

type Triple = [number, number, number]

export interface TileGrid {
  /** Cells along each axis [x, y, z]; one along z in a grid of a slice (2D). */
  readonly counts: Triple
  /** Size of a cell and of a tile, voxels [x, y, z]; tile ≤ cell wherever the scans are large enough. */
  readonly cell: Triple
  readonly tile: Triple
}

/** Cells along each axis: `side`, but one along z where the network is one of slices. */
export const gridCounts = (side: number, planar: boolean): Triple => [side, side, planar ? 1 : side]

/**
 * The grid for scans of about `extent` voxels per axis. `factor`: what the network divides each axis by; a tile is a
 * multiple of it, and leaves some room in its cell where it can.
 */
export function planGrid(counts: Triple, extent: Triple, factor: Triple): TileGrid {
  const cell = extent.map((n, axis) => Math.max(factor[axis], Math.floor(n / counts[axis]))) as Triple
  const tile = cell.map((n, axis) => Math.max(1, Math.floor((n - 1) / factor[axis])) * factor[axis]) as Triple
  return { counts, cell, tile: tile.map((n, axis) => Math.min(n, cell[axis])) as Triple }
}

/**
 * The grid of the released code (preprocessing/utils/crop.py): a patch (a cube, or a square of one slice) in cells, the rest
 * left over; in each cell a tile that is `jitter` voxels smaller.
 */
export function paperGrid(patch: Triple, counts: Triple, jitter: number): TileGrid {
  const cell = patch.map((n, axis) => Math.floor(n / counts[axis])) as Triple
  return { counts, cell, tile: cell.map((n) => Math.max(1, n - jitter)) as Triple }
}

/** A length that the paper gives for its cube of 128 voxels, in voxels of another cube; at least 1. */
export const scaledToCube = (voxels: number, cube: number): number => Math.max(1, Math.round((voxels * cube) / 128))

/** Number of tiles. */
export const tileCount = ({ counts }: TileGrid): number => counts[0] * counts[1] * counts[2]

/** Index of the cell (i, j, k) along x, y, z: x fastest. */
export const cellIndex = ({ counts }: TileGrid, i: number, j: number, k: number): number =>
  i + counts[0] * (j + counts[1] * k)

/** The cell [i, j, k] that has this index. */
export const cellAt = ({ counts }: TileGrid, index: number): Triple => [
  index % counts[0],
  Math.floor(index / counts[0]) % counts[1],
  Math.floor(index / (counts[0] * counts[1])),
]

/** Size of the whole grid in voxels. */
export const gridExtent = (grid: TileGrid): Triple => grid.cell.map((n, axis) => n * grid.counts[axis]) as Triple

/** For every cell in order: the first voxel of its tile, counted from the first voxel of the grid. */
export function drawTiles(random: Random, grid: TileGrid): Triple[] {
  return Array.from({ length: tileCount(grid) }, (_, index) => {
    return cellAt(grid, index).map(
      (i, axis) => i * grid.cell[axis] + random.integer(grid.cell[axis] - grid.tile[axis] + 1),
    ) as Triple
  })
}

/** Brightness and contrast of one tile, so that its grey level does not tell where it comes from. In place. */
export function jitterIntensity(random: Random, tile: Float32Array): void {
  const contrast = random.uniform(0.8, 1.2)
  const brightness = random.uniform(-0.2, 0.2)
  for (let i = 0; i < tile.length; i++) tile[i] = contrast * tile[i] + brightness
}

/** For pictures: a grid over the scene and its tiles, drawn as training draws them. */
export function sceneTiles(scene: Scene, side: number, random: Random): { grid: TileGrid; tiles: Scene[] } {
  const grid = planGrid(gridCounts(side, false), scene.size, [1, 1, 1])
  const tiles = drawTiles(random, grid).map((start) => cutScene(scene, start, grid.tile))
  return { grid, tiles }
}
