/** 3D contrastive predictive coding: which of all tiles comes next in this column? Pretrains the encoder. */
import {
  constantOf,
  gatherRows,
  Graph,
  gru,
  matmul,
  normaliseRows,
  scale,
  softmaxCrossEntropy,
  weightedSum,
  type Tensor,
} from '../../engine/index.ts'
import { tileCount } from '../../../shared/tasks/grid.ts'
import { columnsOf, cpcRecipe } from '../../../shared/tasks/contrastive-predictive-coding.ts'
import { dense } from '../network.ts'
import { paperCpc } from './paper/contrastive-predictive-coding.ts'
import type { PretextTask } from './pretext.ts'
import { encodeTiles, gridFor } from './tiles.ts'

const units = 128

export const contrastivePredictiveCoding: PretextTask = {
  name: 'cpc',
  paper: paperCpc,
  build(plan, cases) {
    const grid = gridFor(cpcRecipe.side, plan, cases)
    const tiles = tileCount(grid)
    const graph = new Graph()
    const encoded = encodeTiles(graph, plan, grid, 'cpc')
    const { scans, codes } = encoded
    const features = codes.shape[1]

    // One row for each column of each scan.
    const columns = Array.from({ length: scans }, (_, scan) => {
      const inBatch = (tile: number) => scan * tiles + tile
      return columnsOf(grid).map((c) => ({ context: c.context.map(inBatch), predicted: c.predicted.map(inBatch) }))
    }).flat()
    const places = new Map<string, Float32Array>()
    const rowsOf = (name: string, tileOf: (c: (typeof columns)[number]) => number): Tensor => {
      places.set(name, Float32Array.from(columns, tileOf))
      return graph.input(name, [columns.length], 'vector')
    }

    const weight = (name: string, rows: number) =>
      graph.parameter(
        `head.gru.${name}`,
        [rows, 3 * units],
        { kind: 'uniform', limit: 1 / Math.sqrt(units) },
        { group: 'head', decay: true },
      )
    const fromCodes = matmul(codes, weight('input', features))
    const parameters = { weights: weight('state', units) }
    let state = constantOf(graph, [columns.length, units], 0)
    for (let i = 0; i < columns[0].context.length; i++) {
      const rows = rowsOf(`context${i}`, (c) => c.context[i])
      state = gru(gatherRows(fromCodes, rows), state, parameters)
    }
    const candidates = normaliseRows(codes)
    const steps = cpcRecipe.predictedRows.map((row, i) => {
      const guess = normaliseRows(dense(graph, state, `predict${row}`, features))
      const logits = scale(matmul(guess, candidates, { transposeB: true }), 1 / cpcRecipe.temperature)
      return softmaxCrossEntropy(
        logits,
        rowsOf(`answer${i}`, (c) => c.predicted[i]),
      )
    })
    return {
      graph,
      loss: weightedSum(steps.map(({ loss }) => [loss, 1 / steps.length])),
      outputs: Object.fromEntries(steps.map(({ correct }, i) => [`correct${i}`, correct])),
      chance: 1 / (scans * tiles),
      feed(inputs, pool, seed, step) {
        inputs.setInput('tiles', encoded.cut(pool, seed, step))
        for (const [name, rows] of places) inputs.setInput(name, rows)
      },
      figures: ({ loss, outputs }, prefix) => ({
        [`${prefix} loss`]: loss,
        [`${prefix} accuracy`]: steps.reduce((sum, _, i) => sum + outputs[`correct${i}`], 0) / steps.length,
      }),
    }
  },
}
