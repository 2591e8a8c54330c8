/** Tiles of a 3×3×3 grid (2D: 3×3 of a slice), each at a random place in its cell, for relative location and jigsaw as published. */
import { isPlanar, type Plan } from '../../../../shared/domain/plan.ts'
import type { Random } from '../../../../shared/domain/random.ts'
import { drawTiles, type TileGrid } from '../../../../shared/tasks/grid.ts'
import { cutPatch } from '../../patch.ts'
import type { PreparedCase } from '../../prepare.ts'

export const tileValues = (plan: Plan, grid: TileGrid): number =>
  grid.tile[0] * grid.tile[1] * grid.tile[2] * plan.channels

/** Draws a place for every tile of the grid, and cuts those that are wanted, one after another, into `images`. */
export function cutTiles(
  random: Random,
  plan: Plan,
  grid: TileGrid,
  from: PreparedCase,
  wanted: readonly number[],
  images: Float32Array,
): void {
  const starts = drawTiles(random, grid)
  const slice = isPlanar(plan) ? random.integer(from.shape[2]) : 0
  const size = tileValues(plan, grid)
  wanted.forEach((tile, i) => {
    const centre = starts[tile].map((s, axis) => s + (grid.tile[axis] - 1) / 2) as [number, number, number]
    centre[2] += slice
    const image = images.subarray(i * size, (i + 1) * size)
    cutPatch(from, centre, { patch: grid.tile, image, label: null })
  })
}
