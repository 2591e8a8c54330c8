/** 3D relative patch location: where does this tile lie, seen from that one? Pretrains the encoder. */
import { concat, gatherRows, Graph, leakyRelu, softmaxCrossEntropy } from '../../engine/index.ts'
import { random } from '../../../shared/domain/random.ts'
import { tileCount } from '../../../shared/tasks/grid.ts'
import { drawPair, placesOf, relativeLocationRecipe } from '../../../shared/tasks/relative-location.ts'
import { dense, leakySlope } from '../network.ts'
import { paperRelativeLocation } from './paper/relative-location.ts'
import type { PretextTask } from './pretext.ts'
import { encodeTiles, gridFor } from './tiles.ts'

const hidden = 256

export const relativeLocation: PretextTask = {
  name: 'relative-location',
  paper: paperRelativeLocation,
  build(plan, cases) {
    const grid = gridFor(relativeLocationRecipe.side, plan, cases)
    const tiles = tileCount(grid)
    const places = placesOf(grid)
    const graph = new Graph()
    const encoded = encodeTiles(graph, plan, grid, 'relative location')
    const { scans, codes } = encoded
    const questions = scans * places
    const reference = graph.input('reference', [questions], 'vector')
    const query = graph.input('query', [questions], 'vector')
    const answer = graph.input('answer', [questions], 'vector')
    const pairs = concat([gatherRows(codes, reference), gatherRows(codes, query)])
    const logits = dense(graph, leakyRelu(dense(graph, pairs, 'location1', hidden), leakySlope), 'location2', places)
    const { loss, correct } = softmaxCrossEntropy(logits, answer)

    const references = new Float32Array(questions)
    const queries = new Float32Array(questions)
    const answers = Float32Array.from({ length: questions }, (_, q) => q % places)
    return {
      graph,
      loss,
      outputs: { correct },
      chance: 1 / places,
      feed(inputs, pool, seed, step) {
        inputs.setInput('tiles', encoded.cut(pool, seed, step))
        const draw = random(seed, 'relative location pairs', step)
        for (let q = 0; q < questions; q++) {
          const first = Math.floor(q / places) * tiles
          const pair = drawPair(draw, grid, q % places)
          references[q] = first + pair.reference
          queries[q] = first + pair.query
        }
        inputs.setInput('reference', references)
        inputs.setInput('query', queries)
        inputs.setInput('answer', answers)
      },
      figures: ({ loss, outputs }, prefix) => ({ [`${prefix} loss`]: loss, [`${prefix} accuracy`]: outputs.correct }),
    }
  },
}
