/** 3D contrastive predictive coding as published; every tile is encoded once, where the code encodes it up to 24 times. */
import {
  add,
  concat,
  constantOf,
  gatherRows,
  Graph,
  gru,
  matmul,
  multiply,
  softmaxCrossEntropy,
  weightedSum,
  type Initialiser,
  type Tensor,
} from '../../../engine/index.ts'
import { isPlanar } from '../../../../shared/domain/plan.ts'
import { random } from '../../../../shared/domain/random.ts'
import {
  columnsOf,
  cpcPaper,
  cpcRecipe,
  drawPaperTiles,
} from '../../../../shared/tasks/contrastive-predictive-coding.ts'
import { gridCounts, paperGrid, tileCount } from '../../../../shared/tasks/grid.ts'
import { inputShape } from '../../network.ts'
import { paperCode, paperDense, type PaperBuilder } from '../../paper/network.ts'
import type { PaperTask } from '../pretext.ts'
import { cubeValues, paperBuilder, paperExercise, readCube, scanOf } from './paper.ts'

export const paperCpc: PaperTask = {
  rate: (plan) => (isPlanar(plan) ? cpcPaper.planar : cpcPaper).rate,
  build(plan, { mode, variant }) {
    const { side, predictedRows } = cpcRecipe
    const grid = paperGrid(plan.patch, gridCounts(side, isPlanar(plan)), 0)
    const tiles = tileCount(grid)
    const scans = isPlanar(plan) ? cpcPaper.planar.slices : 1
    const columns = Array.from({ length: scans }, (_, scan) => {
      const inBatch = (tile: number) => scan * tiles + tile
      const all = columnsOf(grid, 'mirror')
      return all.map(({ context, predicted }) => ({ context: context.map(inBatch), predicted: predicted.map(inBatch) }))
    }).flat()
    const graph = new Graph()
    const b = paperBuilder(graph, mode)
    const image = graph.input('tiles', inputShape(plan, scans * tiles, grid.tile), 'volume')
    const codes = paperDense(b, paperCode(b, image), 'code', cpcPaper.code)

    const fixed = new Map<string, Float32Array>()
    const vector = (name: string, values: number[]): Tensor => {
      fixed.set(name, Float32Array.from(values))
      return graph.input(name, [values.length], 'vector')
    }
    const context = columns[0].context.map((_, i) => vector(`context ${i}`, columns.map((c) => c.context[i]))) // prettier-ignore
    const state = readContext(b, codes, context)
    const guesses = predictedRows.map((row) => paperDense(b, state, `predict${row}`, cpcPaper.code))

    // Every guess against all tiles of the predicted rows: the loss of `text`, and what both variants are measured by.
    const candidates = [...new Set(columns.flatMap((c) => c.predicted))].sort((a, b) => a - b)
    const candidateCodes = gatherRows(codes, vector('candidates', candidates))
    const choices = guesses.map((guess, i) =>
      softmaxCrossEntropy(
        matmul(guess, candidateCodes, { transposeB: true }),
        vector(`answer ${i}`, columns.map((c) => candidates.indexOf(c.predicted[i]))), // prettier-ignore
      ),
    )
    const part = 1 / guesses.length
    const correct = weightedSum(choices.map((choice) => [choice.correct, part]))
    const infoNce = () => weightedSum(choices.map((choice) => [choice.loss, part]))

    // One pair a row: a column's guesses with the followers of a column, its own (1) or another's (0).
    const pairs = 2 * columns.length
    const followers = predictedRows.map((_, i) => `follower ${i}`)
    const sigmoidLoss = () => {
      const ofPair = vector('column of pair', columns.flatMap((_, n) => [n, n])) // prettier-ignore
      const products = followers.map((name, i) => {
        const follower = gatherRows(codes, graph.input(name, [pairs], 'vector'))
        return multiply(gatherRows(guesses[i], ofPair), follower)
      })
      const logit = matmul(products.reduce(add), constantOf(graph, [cpcPaper.code, 1], part / cpcPaper.code))
      // Sigmoid cross-entropy of x is softmax cross-entropy of (0, x).
      const both = concat([constantOf(graph, [pairs, 1], 0), logit])
      return softmaxCrossEntropy(both, vector('label of pair', columns.flatMap(() => [1, 0]))).loss // prettier-ignore
    }
    const loss = variant === 'text' ? infoNce() : sigmoidLoss()

    const cube = new Float32Array(cubeValues(plan))
    const size = tiles * grid.tile[0] * grid.tile[1] * grid.tile[2] * plan.channels
    const images = new Float32Array(scans * size)
    return paperExercise(b, graph, {
      loss,
      correct,
      chance: 1 / candidates.length,
      feed(inputs, pool, seed, step) {
        const draw = random(seed, 'cpc', step)
        for (let n = 0; n < scans; n++) {
          readCube(plan, scanOf(pool, seed, step, scans, n), draw, cube)
          drawPaperTiles(draw, cube, grid, plan.channels, images.subarray(n * size, (n + 1) * size))
        }
        inputs.setInput('tiles', images)
        for (const [name, values] of fixed) inputs.setInput(name, values)
        if (variant === 'text') return
        const others = columns.map((_, n) => (n + 1 + draw.integer(columns.length - 1)) % columns.length)
        followers.forEach((name, i) => {
          const rows = columns.flatMap((c, n) => [c.predicted[i], columns[others[n]].predicted[i]])
          inputs.setInput(name, Float32Array.from(rows))
        })
      },
    })
  },
}

/** The codes of each column's context, one after another, through a GRU. Returns its last state [columns, units]. */
function readContext({ graph }: PaperBuilder, codes: Tensor, context: readonly Tensor[]): Tensor {
  const { code, units } = cpcPaper
  const parameter = (name: string, shape: number[], initial: Initialiser) =>
    graph.parameter(`head.gru.${name}`, shape, initial, { group: 'head' })
  const zero: Initialiser = { kind: 'constant', value: 0 }
  const limit = Math.sqrt(6 / (code + 3 * units))
  const inputWeights = parameter('input', [code, 3 * units], { kind: 'uniform', limit })
  const deviation = 1 / Math.sqrt(3 * units)
  const weights = parameter('state', [units, 3 * units], { kind: 'normal', deviation })
  const fromCodes = matmul(codes, inputWeights, { bias: parameter('inputBias', [3 * units], zero) })
  const bias = parameter('stateBias', [3 * units], zero)
  const start = constantOf(graph, [context[0].shape[0], units], 0)
  return context.reduce<Tensor>((state, rows) => gru(gatherRows(fromCodes, rows), state, { weights, bias }), start)
}
