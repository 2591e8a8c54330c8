/** 3D jigsaw: by which permutation were the tiles shuffled? Pretrains the encoder. */
import { gatherRows, Graph, leakyRelu, reshapeMatrix, softmaxCrossEntropy } from '../../engine/index.ts'
import { random } from '../../../shared/domain/random.ts'
import { tileCount } from '../../../shared/tasks/grid.ts'
import { choosePermutations, jigsawChance, jigsawRecipe } from '../../../shared/tasks/jigsaw.ts'
import { dense, leakySlope } from '../network.ts'
import { paperJigsaw } from './paper/jigsaw.ts'
import type { PretextTask } from './pretext.ts'
import { encodeTiles, gridFor } from './tiles.ts'

const hidden = 256

export const jigsaw: PretextTask = {
  name: 'jigsaw',
  paper: paperJigsaw,
  build(plan, cases) {
    const grid = gridFor(jigsawRecipe.side, plan, cases)
    const tiles = tileCount(grid)
    const permutations = choosePermutations(tiles, jigsawRecipe.permutations)
    const graph = new Graph()
    const encoded = encodeTiles(graph, plan, grid, 'jigsaw')
    const { scans, codes } = encoded
    const order = graph.input('order', [scans * tiles], 'vector')
    const answer = graph.input('answer', [scans], 'vector')
    const shuffled = reshapeMatrix(gatherRows(codes, order), [scans, tiles * codes.shape[1]])
    const logits = dense(
      graph,
      leakyRelu(dense(graph, shuffled, 'jigsaw1', hidden), leakySlope),
      'jigsaw2',
      permutations.length,
    )
    const { loss, correct } = softmaxCrossEntropy(logits, answer)

    const orders = new Float32Array(scans * tiles)
    const answers = new Float32Array(scans)
    return {
      graph,
      loss,
      outputs: { correct },
      chance: jigsawChance,
      feed(inputs, pool, seed, step) {
        inputs.setInput('tiles', encoded.cut(pool, seed, step))
        for (let n = 0; n < scans; n++) {
          answers[n] = random(seed, 'jigsaw permutation', step, n).integer(permutations.length)
          permutations[answers[n]].forEach((tile, place) => (orders[n * tiles + place] = n * tiles + tile))
        }
        inputs.setInput('order', orders)
        inputs.setInput('answer', answers)
      },
      figures: ({ loss, outputs }, prefix) => ({ [`${prefix} loss`]: loss, [`${prefix} accuracy`]: outputs.correct }),
    }
  },
}
