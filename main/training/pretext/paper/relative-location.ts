/** 3D relative patch location as published: the centre tile and one other of each scan, their codes side by side. */
import { Graph, reshapeMatrix, softmaxCrossEntropy } from '../../../engine/index.ts'
import { isPlanar } from '../../../../shared/domain/plan.ts'
import { random } from '../../../../shared/domain/random.ts'
import { gridCounts, paperGrid, scaledToCube } from '../../../../shared/tasks/grid.ts'
import {
  centreTile,
  placesOf,
  relativeLocationPaper,
  relativeLocationRecipe,
  tileOfPlace,
} from '../../../../shared/tasks/relative-location.ts'
import { inputShape } from '../../network.ts'
import { bigHead, paperCode } from '../../paper/network.ts'
import type { PaperTask } from '../pretext.ts'
import { paperBuilder, paperExercise, scanOf } from './paper.ts'
import { cutTiles, tileValues } from './tiles.ts'

export const paperRelativeLocation: PaperTask = {
  rate: (plan) => (isPlanar(plan) ? relativeLocationPaper.planar : relativeLocationPaper).rate,
  build(plan, { mode }) {
    const planar = isPlanar(plan)
    const { batch, jitter } = planar ? relativeLocationPaper.planar : relativeLocationPaper
    const counts = gridCounts(relativeLocationRecipe.side, planar)
    const grid = paperGrid(plan.patch, counts, scaledToCube(jitter, plan.patch[0]))
    const places = placesOf(grid)
    const graph = new Graph()
    const b = paperBuilder(graph, mode)
    const codes = paperCode(b, graph.input('tiles', inputShape(plan, 2 * batch, grid.tile), 'volume'))
    const logits = bigHead(b, reshapeMatrix(codes, [batch, 2 * codes.shape[1]]), places)
    const { loss, correct } = softmaxCrossEntropy(logits, graph.input('answer', [batch], 'vector'))

    const size = tileValues(plan, grid)
    const images = new Float32Array(2 * batch * size)
    const answers = new Float32Array(batch)
    return paperExercise(b, graph, {
      loss,
      correct,
      chance: 1 / places,
      feed(inputs, pool, seed, step) {
        for (let n = 0; n < batch; n++) {
          const draw = random(seed, 'relative location', step, n)
          answers[n] = draw.integer(places)
          const wanted = [centreTile(grid), tileOfPlace(grid, answers[n])]
          cutTiles(draw, plan, grid, scanOf(pool, seed, step, batch, n), wanted, images.subarray(2 * n * size))
        }
        inputs.setInput('tiles', images)
        inputs.setInput('answer', answers)
      },
    })
  },
}
