/**
 * 3D relative patch location: given the centre tile of a 3×3×3 grid and one other, which of the 26 places does the other
 * one have? Taleb et al., NeurIPS 2020, section 3.2. In the `handful` recipe all 26 questions of a grid are asked at once,
 * because every tile is encoded only once; the tiles keep a gap and change in brightness and contrast.
 */
import { sceneTiles } from './grid.ts'
import { middlePlanes, type Picture } from './picture.ts'

export const relativeLocationRecipe = { side: 3, places: 26, centre: 13 }

/**
 * Of the released code: configs/train/rpl_3d.json. jitter: voxels of a cube of 128. batch: scans, with one question each.
 */
export const relativeLocationPaper = { jitter: 3, batch: 32, rate: 1e-4 }

/** The tile (0..26) that has place p (0..25): the tiles in order, without the centre. */
export const tileOfPlace = (place: number): number => (place < relativeLocationRecipe.centre ? place : place + 1)

/** Accuracy of guessing. */
export const relativeLocationChance = 1 / relativeLocationRecipe.places

/** The tile in the middle, and the one whose place is asked for. */
export const picture: Picture = (scene, random) => {
  const { side, places, centre } = relativeLocationRecipe
  const { tiles } = sceneTiles(scene, side, random)
  const index = random.integer(places)
  const tile = tileOfPlace(index)
  const offset = [tile % side, Math.floor(tile / side) % side, Math.floor(tile / side ** 2)].map((n) => n - 1)
  return {
    panels: [...middlePlanes(tiles[centre], 'reference'), ...middlePlanes(tiles[tile], 'query')],
    answer: { task: 'relative-location', index, of: places, offset: offset as [number, number, number] },
  }
}
