/**
 * 3D contrastive predictive coding: from the tiles above, say which code the tiles further down the same column will have.
 * Taleb et al., NeurIPS 2020, section 3.1; InfoNCE of van den Oord et al., 2018.
 *
 * Grid of 4×4×4 tiles; a column runs along z. Context of a column: the tiles of row 0 in its 3×3 neighbourhood and its own
 * tile of row 1, read by a GRU. It predicts rows 2 and 3. Negatives (`handful`): all other tiles of the batch; each tile is
 * encoded once. Within a slice (2D): 4×4 tiles, columns along y, a neighbourhood of 3.
 */
import type { Random } from '../domain/random.ts'
import { cellAt, cellIndex, gridExtent, sceneTiles, tileCount, type TileGrid } from './grid.ts'
import { planeOf, type Picture } from './picture.ts'

export const cpcRecipe = { side: 4, contextRow: 1, predictedRows: [2, 3], temperature: 0.1 }

/** Tiles of a column, and what the network is asked about it: indices into the grid. */
export interface Column {
  /** In reading order. */
  context: number[]
  predicted: number[]
}

/**
 * The column (i, j); within a slice j is 0. Beyond the border of the grid stands the nearest column, or, as in the released
 * code, the one that mirrors it: the context keeps its length.
 */
export function column(grid: TileGrid, i: number, j: number, border: 'nearest' | 'mirror' = 'nearest'): Column {
  const last = cpcRecipe.side - 1
  const inside = (n: number) =>
    border === 'nearest' ? Math.min(Math.max(n, 0), last) : n < 0 ? -n : n > last ? 2 * last - n : n
  const planar = grid.counts[2] === 1
  const tile = (row: number, di = 0, dj = 0) =>
    planar ? cellIndex(grid, inside(i + di), row, 0) : cellIndex(grid, inside(i + di), inside(j + dj), row)
  const context: number[] = []
  for (const dj of planar ? [0] : [-1, 0, 1]) for (let di = -1; di <= 1; di++) context.push(tile(0, di, dj))
  context.push(tile(cpcRecipe.contextRow))
  return { context, predicted: cpcRecipe.predictedRows.map((row) => tile(row)) }
}

/** All columns of a grid: 16, or 4 of a slice. */
export function columnsOf(grid: TileGrid, border: 'nearest' | 'mirror' = 'nearest'): Column[] {
  const { side } = cpcRecipe
  return Array.from({ length: tileCount(grid) / side }, (_, n) => column(grid, n % side, Math.floor(n / side), border))
}

/**
 * Of the released code: configs/train/cpc_3d*.json (grid; rate 1e-4 for the pancreas, which is also that of the other tasks, 1e-3
 * for BraTS and UK Biobank: the former here), algorithms/cpc.py (code, GRU), preprocessing/preprocess_cpc.py (crops, flips,
 * context, pairs). One scan a step gives 16 columns, each with its own followers and with those of one other column: 32 pairs.
 *
 * `code`: sigmoid cross-entropy of the mean product of guess and code, one negative. `text` (section 3.1): InfoNCE, a softmax
 * over the right tile and all others of the predicted rows.
 *
 * 2D (cpc_2d_pancreas.json): the code has 5×5 tiles that overlap by half; here 4×4 without overlap, as in 3D. Its 256 pairs are
 * 32 slices.
 */
export const cpcPaper = {
  rate: 1e-4,
  code: 1024,
  units: 256,
  /** The scan is cropped to this share of the cube anywhere and padded back in the middle. */
  scanCrop: 0.95,
  /** Each tile is mirrored along the columns' axis, and cropped to this share anywhere and padded back. */
  flip: 0.5,
  tileCrop: 7 / 8,
  /** Tiles of a slice are not mirrored, and cropped less (preprocess_image). */
  planar: { slices: 32, rate: 1e-5, flip: 0, tileCrop: 11 / 12 },
}

/**
 * The tiles of a scan (64) or a slice (16) as the `paper` recipe shows them, one after another into `tiles`. cube: `size` voxels
 * [x, y, z] of `channels` values (channels fastest, then x, y, z) that the grid's cells fill.
 */
export function drawPaperTiles(
  random: Random,
  cube: Float32Array,
  grid: TileGrid,
  channels: number,
  tiles: Float32Array,
): void {
  const size = gridExtent(grid)
  const planar = size[2] === 1
  const { flip, tileCrop } = planar ? cpcPaper.planar : cpcPaper
  const axes = [0, 1, 2]
  // Crop of n voxels from a length, somewhere, set back into the middle: where a voxel of the result comes from, or -1.
  const cropOf = (lengths: readonly number[], share: number) => {
    const kept = lengths.map((length) => Math.max(1, Math.floor(share * length)))
    const from = axes.map((axis) => random.integer(lengths[axis] - kept[axis] + 1))
    const to = axes.map((axis) => Math.floor((lengths[axis] - kept[axis]) / 2))
    return (axis: number, at: number) =>
      at < to[axis] || at >= to[axis] + kept[axis] ? -1 : from[axis] + at - to[axis]
  }
  const scan = cropOf(size, cpcPaper.scanCrop)
  let at = 0
  for (let tile = 0; tile < tileCount(grid); tile++) {
    const cell = cellAt(grid, tile)
    const flipped = random.chance(flip)
    const crop = cropOf(grid.tile, tileCrop)
    const places = axes.map((axis) =>
      Array.from({ length: grid.tile[axis] }, (_, n) => {
        const inTile = crop(axis, n)
        if (inTile < 0) return -1
        const turned = flipped && axis === 2 ? grid.tile[axis] - 1 - inTile : inTile
        return scan(axis, cell[axis] * grid.cell[axis] + turned)
      }),
    )
    for (const z of places[2]) {
      for (const y of places[1]) {
        for (const x of places[0]) {
          const from = x < 0 || y < 0 || z < 0 ? -1 : ((z * size[1] + y) * size[0] + x) * channels
          for (let c = 0; c < channels; c++) tiles[at++] = from < 0 ? 0 : cube[from + c]
        }
      }
    }
  }
}

/** Middle planes (coronal: the columns stand upright) of the context's tiles, of the tile to come, and of four others. */
export const picture: Picture = (scene, random) => {
  const { side } = cpcRecipe
  const { grid, tiles } = sceneTiles(scene, side, random)
  const { context, predicted } = column(grid, 1 + random.integer(side - 2), 1 + random.integer(side - 2))
  const others = random.shuffle(tiles.map((_, tile) => tile).filter((tile) => tile !== predicted[0]))
  return {
    panels: [
      ...context.map((tile) => planeOf(tiles[tile], 'coronal', 'context')),
      planeOf(tiles[predicted[0]], 'coronal', 'target'),
      ...others.slice(0, 4).map((tile) => planeOf(tiles[tile], 'coronal', 'distractor')),
    ],
    answer: { task: 'cpc', of: tiles.length },
  }
}
