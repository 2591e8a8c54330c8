/**
 * 3D contrastive predictive coding: from the tiles above, say which code the tiles further down the same column will have.
 * Taleb et al., NeurIPS 2020, section 3.1; InfoNCE of van den Oord et al., 2018.
 *
 * Grid of 4×4×4 tiles; a column runs along z. Context of a column: the tiles of row 0 in its 3×3 neighbourhood and its own
 * tile of row 1, read by a GRU. It predicts rows 2 and 3. Negatives (`handful`): all other tiles of the batch; each tile is
 * encoded once.
 */
import type { Random } from '../domain/random.ts'
import { cellIndex, sceneTiles, type TileGrid } from './grid.ts'
import { planeOf, type Picture } from './picture.ts'

export const cpcRecipe = { side: 4, contextRow: 1, predictedRows: [2, 3], neighbours: 9, temperature: 0.1 }

/**
 * Of one column (i, j): tiles of its context in reading order, and the tiles it must predict, as indices into the grid. Beyond
 * the border of the grid stands the nearest column, or, as in the released code, the one that mirrors it: the context keeps
 * its length.
 */
export function column(
  grid: TileGrid,
  i: number,
  j: number,
  border: 'nearest' | 'mirror' = 'nearest',
): { context: number[]; predicted: number[] } {
  const last = grid.side - 1
  const inside = (n: number) =>
    border === 'nearest' ? Math.min(Math.max(n, 0), last) : n < 0 ? -n : n > last ? 2 * last - n : n
  const context: number[] = []
  for (let dj = -1; dj <= 1; dj++) {
    for (let di = -1; di <= 1; di++) context.push(cellIndex(grid, inside(i + di), inside(j + dj), 0))
  }
  context.push(cellIndex(grid, i, j, cpcRecipe.contextRow))
  return { context, predicted: cpcRecipe.predictedRows.map((row) => cellIndex(grid, i, j, row)) }
}

/**
 * Of the released code: configs/train/cpc_3d*.json (grid; rate 1e-4 for the pancreas, 1e-3 for BraTS and UK Biobank: the
 * latter here), algorithms/cpc.py (code, GRU), preprocessing/preprocess_cpc.py (crops, flips, context, pairs). One scan a step
 * gives 16 columns, each with its own followers and with those of one other column: 32 pairs.
 *
 * `code`: sigmoid cross-entropy of the mean product of guess and code, one negative. `text` (section 3.1): InfoNCE, a softmax
 * over the right tile and all others of the predicted rows.
 */
export const cpcPaper = {
  rate: 1e-3,
  code: 1024,
  units: 256,
  /** The scan is cropped to this share of the cube anywhere and padded back in the middle. */
  scanCrop: 0.95,
  /** Each tile is mirrored along the columns' axis, and cropped to this share anywhere and padded back. */
  flip: 0.5,
  tileCrop: 7 / 8,
}

/**
 * The 64 tiles of a scan as the `paper` recipe shows them, one after another into `tiles`. cube: side³ voxels of `channels`
 * values (channels fastest, then x, y, z), side a multiple of 4; a tile has (side / 4)³.
 */
export function drawPaperTiles(
  random: Random,
  cube: Float32Array,
  side: number,
  channels: number,
  tiles: Float32Array,
): void {
  const along = cpcRecipe.side
  const size = side / along
  const axes = [0, 1, 2]
  // Crop of n voxels from a length, somewhere, set back into the middle: where a voxel of the result comes from, or -1.
  const cropOf = (length: number, share: number) => {
    const n = Math.floor(share * length)
    const from = axes.map(() => random.integer(length - n + 1))
    const to = Math.floor((length - n) / 2)
    return (axis: number, at: number) => (at < to || at >= to + n ? -1 : from[axis] + at - to)
  }
  const scan = cropOf(side, cpcPaper.scanCrop)
  let at = 0
  for (let tile = 0; tile < along ** 3; tile++) {
    const cell = [tile % along, Math.floor(tile / along) % along, Math.floor(tile / along ** 2)]
    const flipped = random.chance(cpcPaper.flip)
    const crop = cropOf(size, cpcPaper.tileCrop)
    const places = axes.map((axis) =>
      Array.from({ length: size }, (_, n) => {
        const inTile = crop(axis, n)
        if (inTile < 0) return -1
        const turned = flipped && axis === 2 ? size - 1 - inTile : inTile
        return scan(axis, cell[axis] * size + turned)
      }),
    )
    for (const z of places[2]) {
      for (const y of places[1]) {
        for (const x of places[0]) {
          const from = x < 0 || y < 0 || z < 0 ? -1 : ((z * side + y) * side + x) * channels
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
