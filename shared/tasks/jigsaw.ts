/**
 * 3D jigsaw: the 27 tiles of a 3×3×3 grid are shuffled by one of 100 permutations; the network says which.
 * Taleb et al., NeurIPS 2020, section 3.3.
 *
 * The `handful` recipe chooses the permutations for the largest minimum Hamming distance (greedily, among random
 * candidates), so that no few tiles give the answer away, and changes brightness and contrast of each tile.
 */
import { random } from '../domain/random.ts'
import { cellIndex, gridExtent, sceneTiles } from './grid.ts'
import { composeScene, cutScene, middlePlanes, type Picture } from './picture.ts'

export const jigsawRecipe = { side: 3, permutations: 100, candidates: 300 }

/**
 * Of the released code: configs/train/jigsaw_3d.json (grid, jitter, batch, rate), permutations/ (100, drawn at random).
 * jitter: voxels of a cube of 128. batch: scans. 2D (jigsaw_2d_pancreas.json): slices, of nine tiles.
 */
export const jigsawPaper = {
  side: 3,
  permutations: 100,
  jitter: 3,
  batch: 8,
  rate: 1e-4,
  planar: { jitter: 4, batch: 64, rate: 1e-5 },
}

/** Places in which two permutations differ. */
export function hammingDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value === b[i] ? 0 : 1), 0)
}

/**
 * `count` permutations of 0..tiles-1, far from each other. The same list every time: it is part of the task, not of a run.
 */
export function choosePermutations(tiles: number, count: number, candidates = jigsawRecipe.candidates): number[][] {
  const draw = random(20200603, 'jigsaw permutations')
  const fresh = () => draw.shuffle(Array.from({ length: tiles }, (_, i) => i))
  const chosen = [fresh()]
  while (chosen.length < count) {
    let best: number[] = []
    let furthest = -1
    for (let i = 0; i < candidates; i++) {
      const candidate = fresh()
      let nearest = Infinity
      for (const other of chosen) {
        nearest = Math.min(nearest, hammingDistance(candidate, other))
        if (nearest <= furthest) break
      }
      if (nearest > furthest) [best, furthest] = [candidate, nearest]
      if (furthest === tiles) break
    }
    chosen.push(best)
  }
  return chosen
}

/** `count` permutations of 0..tiles-1 drawn at random, as in the released code. The same list every time. */
export function drawPermutations(tiles: number, count: number): number[][] {
  const draw = random(20200603, 'jigsaw permutations of the paper')
  return Array.from({ length: count }, () => draw.shuffle(Array.from({ length: tiles }, (_, i) => i)))
}

/** Accuracy of guessing. */
export const jigsawChance = 1 / jigsawRecipe.permutations

/** The scan, and its tiles in the order that the network sees them. */
export const picture: Picture = (scene, random) => {
  const { side, permutations } = jigsawRecipe
  const { grid, tiles } = sceneTiles(scene, side, random)
  const index = random.integer(permutations)
  const order = choosePermutations(tiles.length, index + 1)[index]
  const size = gridExtent(grid)
  const gap = grid.cell.map((n, axis) => Math.floor((n - grid.tile[axis]) / 2))
  const places: number[][] = []
  for (let k = 0; k < side; k++)
    for (let j = 0; j < side; j++)
      for (let i = 0; i < side; i++)
        places[cellIndex(grid, i, j, k)] = [i, j, k].map((n, axis) => n * grid.cell[axis] + gap[axis])
  const shuffled = composeScene(
    size,
    order.map((tile) => tiles[tile]),
    places,
  )
  return {
    panels: [...middlePlanes(cutScene(scene, [0, 0, 0], size), 'scan'), ...middlePlanes(shuffled, 'shuffled')],
    answer: { task: 'jigsaw', index, of: permutations, order },
  }
}
