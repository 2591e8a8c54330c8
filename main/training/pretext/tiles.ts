/** What the tasks on a grid of tiles share: the grid for these scans, an encoder of tiles, and cutting them out. */
import { globalMean, type Graph, type Tensor } from '../../engine/index.ts'
import { isPlanar, poolingFactor, type Plan } from '../../../shared/domain/plan.ts'
import { random } from '../../../shared/domain/random.ts'
import {
  drawTiles,
  gridCounts,
  gridExtent,
  jitterIntensity,
  planGrid,
  tileCount,
  type TileGrid,
} from '../../../shared/tasks/grid.ts'
import { caseFor } from '../case-order.ts'
import { encoder, inputShape } from '../network.ts'
import { cutPatch, drawTissueCentre } from '../patch.ts'
import { quantile } from '../plan.ts'
import type { PreparedCase } from '../prepare.ts'

type Triple = [number, number, number]

/** Beyond this multiple of the fine-tuning patch a grid grows no larger, however large the scans. */
const reach = 1.5

/** A grid that lies inside nine scans of ten where they are large enough. */
export function gridFor(side: number, plan: Plan, cases: readonly PreparedCase[]): TileGrid {
  const extent = plan.patch.map((n, axis) => {
    const inside = quantile(
      cases.map((c) => c.shape[axis]),
      0.1,
    )
    return Math.floor(Math.min(inside, reach * n))
  }) as Triple
  return planGrid(gridCounts(side, isPlanar(plan)), extent, poolingFactor(plan))
}

export interface TileEncoder {
  /** Scans per step. */
  readonly scans: number
  /** Matrix [scans × tiles, features]: the tiles of one scan after another, in the order of the grid. */
  readonly codes: Tensor
  /** Cuts the tiles of a step and returns them, channels fastest, for the input `tiles`. */
  cut(pool: readonly PreparedCase[], seed: number, step: number): Float32Array
}

export function encodeTiles(graph: Graph, plan: Plan, grid: TileGrid, task: string): TileEncoder {
  const tiles = tileCount(grid)
  const voxels = grid.tile[0] * grid.tile[1] * grid.tile[2]
  const patchVoxels = plan.batch * plan.patch[0] * plan.patch[1] * plan.patch[2]
  const most = isPlanar(plan) ? 48 : 12
  const scans = Math.min(most, Math.max(2, Math.round(patchVoxels / (tiles * voxels))))
  const image = graph.input('tiles', inputShape(plan, scans * tiles, grid.tile), 'volume')
  const codes = globalMean(encoder(graph, image, plan, { batch: true }).at(-1)!)
  const size = voxels * plan.channels
  const values = new Float32Array(scans * tiles * size)
  const extent = gridExtent(grid)
  return {
    scans,
    codes,
    cut(pool, seed, step) {
      for (let n = 0; n < scans; n++) {
        const draw = random(seed, task, step, n)
        const from = caseFor(pool, seed, step * scans + n)
        const centre = drawTissueCentre(draw, from, extent)
        const start = centre.map((c, axis) => c - (extent[axis] - 1) / 2)
        drawTiles(draw, grid).forEach((offset, t) => {
          const at = offset.map((o, axis) => start[axis] + o + (grid.tile[axis] - 1) / 2) as Triple
          const tile = values.subarray((n * tiles + t) * size, (n * tiles + t + 1) * size)
          cutPatch(from, at, { patch: grid.tile, image: tile, label: null })
          jitterIntensity(draw, tile)
        })
      }
      return values
    },
  }
}
