/** 3D relative patch location: where does this tile lie, seen from the centre one? Pretrains the encoder. */
import { concat, gatherRows, Graph, leakyRelu, softmaxCrossEntropy } from '../../engine/index.ts'
import { tileCount } from '../../../shared/tasks/grid.ts'
import { relativeLocationChance, relativeLocationRecipe, tileOfPlace } from '../../../shared/tasks/relative-location.ts'
import { dense, leakySlope } from '../network.ts'
import { paperRelativeLocation } from './paper/relative-location.ts'
import type { PretextTask } from './pretext.ts'
import { encodeTiles, gridFor } from './tiles.ts'

const hidden = 256

export const relativeLocation: PretextTask = {
  name: 'relative-location',
  paper: paperRelativeLocation,
  build(plan, cases) {
    const { side, places, centre } = relativeLocationRecipe
    const grid = gridFor(side, plan, cases)
    const tiles = tileCount(grid)
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

    const rows = Array.from({ length: questions }, (_, q) => ({ scan: Math.floor(q / places), place: q % places }))
    const references = Float32Array.from(rows, ({ scan }) => scan * tiles + centre)
    const queries = Float32Array.from(rows, ({ scan, place }) => scan * tiles + tileOfPlace(place))
    const answers = Float32Array.from(rows, ({ place }) => place)
    return {
      graph,
      loss,
      outputs: { correct },
      chance: relativeLocationChance,
      feed(session, pool, seed, step) {
        session.setInput('tiles', encoded.cut(pool, seed, step))
        session.setInput('reference', references)
        session.setInput('query', queries)
        session.setInput('answer', answers)
      },
      figures: ({ loss, outputs }, prefix) => ({ [`${prefix} loss`]: loss, [`${prefix} accuracy`]: outputs.correct }),
    }
  },
}
