/** 3D jigsaw as published: 27 tiles in one of 100 orders, their codes side by side. */
import { Graph, reshapeMatrix, softmaxCrossEntropy } from '../../../engine/index.ts'
import { isPlanar } from '../../../../shared/domain/plan.ts'
import { random } from '../../../../shared/domain/random.ts'
import { gridCounts, paperGrid, scaledToCube, tileCount } from '../../../../shared/tasks/grid.ts'
import { drawPermutations, jigsawPaper } from '../../../../shared/tasks/jigsaw.ts'
import { inputShape } from '../../network.ts'
import { bigHead, paperCode } from '../../paper/network.ts'
import type { PaperTask } from '../pretext.ts'
import { paperBuilder, paperExercise, scanOf } from './paper.ts'
import { cutTiles, tileValues } from './tiles.ts'

export const paperJigsaw: PaperTask = {
  rate: (plan) => (isPlanar(plan) ? jigsawPaper.planar : jigsawPaper).rate,
  build(plan, { mode }) {
    const planar = isPlanar(plan)
    const { batch, jitter } = planar ? jigsawPaper.planar : jigsawPaper
    const counts = gridCounts(jigsawPaper.side, planar)
    const grid = paperGrid(plan.patch, counts, scaledToCube(jitter, plan.patch[0]))
    const tiles = tileCount(grid)
    const permutations = drawPermutations(tiles, jigsawPaper.permutations)
    const graph = new Graph()
    const b = paperBuilder(graph, mode)
    const codes = paperCode(b, graph.input('tiles', inputShape(plan, batch * tiles, grid.tile), 'volume'))
    const logits = bigHead(b, reshapeMatrix(codes, [batch, tiles * codes.shape[1]]), permutations.length)
    const { loss, correct } = softmaxCrossEntropy(logits, graph.input('answer', [batch], 'vector'))

    const size = tiles * tileValues(plan, grid)
    const images = new Float32Array(batch * size)
    const answers = new Float32Array(batch)
    return paperExercise(b, graph, {
      loss,
      correct,
      chance: 1 / permutations.length,
      feed(inputs, pool, seed, step) {
        for (let n = 0; n < batch; n++) {
          const draw = random(seed, 'jigsaw', step, n)
          answers[n] = draw.integer(permutations.length)
          const order = permutations[answers[n]]
          cutTiles(draw, plan, grid, scanOf(pool, seed, step, batch, n), order, images.subarray(n * size))
        }
        inputs.setInput('tiles', images)
        inputs.setInput('answer', answers)
      },
    })
  },
}
