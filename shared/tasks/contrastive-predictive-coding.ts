/**
 * 3D contrastive predictive coding: from the tiles above, say which code the tiles further down the same column will have.
 * Taleb et al., NeurIPS 2020, section 3.1; InfoNCE of van den Oord et al., 2018.
 *
 * Grid of 4×4×4 tiles; a column runs along z. Context of a column: the tiles of row 0 in its 3×3 neighbourhood and its own
 * tile of row 1, read by a GRU. It predicts rows 2 and 3. Negatives (`handful`): all other tiles of the batch; each tile is
 * encoded once.
 */
import { cellIndex, sceneTiles, type TileGrid } from './grid.ts'
import { planeOf, type Picture } from './picture.ts'

export const cpcRecipe = { side: 4, contextRow: 1, predictedRows: [2, 3], neighbours: 9, temperature: 0.1 }

/** Of one column (i, j): tiles of its context in reading order, and the tiles it must predict, as indices into the grid. */
export function column(grid: TileGrid, i: number, j: number): { context: number[]; predicted: number[] } {
  const inside = (n: number) => Math.min(Math.max(n, 0), grid.side - 1)
  const context: number[] = []
  for (let dj = -1; dj <= 1; dj++) {
    // At the border of the grid the nearest column stands in: the context keeps its length.
    for (let di = -1; di <= 1; di++) context.push(cellIndex(grid, inside(i + di), inside(j + dj), 0))
  }
  context.push(cellIndex(grid, i, j, cpcRecipe.contextRow))
  return { context, predicted: cpcRecipe.predictedRows.map((row) => cellIndex(grid, i, j, row)) }
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
