import { describe, expect, it } from 'vitest'
import {
  add,
  compileTraining,
  concat,
  conv,
  convTransposed,
  diceCrossEntropy,
  EngineError,
  Graph,
  matmul,
  maxPool,
  mean,
  multiply,
  normalise,
  reshapeMatrix,
  sigmoid,
  slice,
  softmax,
  toVolume,
} from './index.ts'
import { adamW, unet } from './testing.ts'

const zero = { kind: 'constant', value: 0 } as const

describe('shape errors', () => {
  const graph = new Graph()
  const x = graph.input('x', [2, 8, 8, 8, 4])
  const odd = graph.input('odd', [2, 8, 8, 7, 4])
  const m = graph.input('m', [3, 5])
  const c4 = graph.parameter('c4', [4], zero)
  const c3 = graph.parameter('c3', [3], zero)
  const flat = graph.input('flat', [1, 1, 8, 8, 1])
  const f = graph.parameter('f', [3, 3, 3, 8, 16], zero)
  const five = graph.parameter('five', [5, 5, 5, 4, 16], zero)
  const up = graph.parameter('up', [2, 2, 1, 4, 2], zero)
  const target = graph.input('target', [2, 8, 8, 7], 'dense')

  it.each([
    ['conv', () => conv(x, f), 'conv: the filter takes 8 channels but x has 4. Got volume [2, 8, 8, 8, 4] and dense [3, 3, 3, 8, 16].'], // prettier-ignore
    ['conv with 5³', () => conv(x, five), 'each 1 or 3'],
    ['conv of a matrix', () => conv(m, f), 'conv: input 1 must be a volume. Got matrix [3, 5].'],
    ['conv with stride 3', () => conv(x, five, { stride: [3, 1, 1] }), 'stride must be three numbers, each 1 or 2'],
    ['convTransposed', () => convTransposed(x, up, { stride: [2, 2, 2] }), 'the filter must be [2, 2, 2, Ci, Co]'],
    ['normalise', () => normalise(x, c4, c3), 'one value for each of 4 channels'],
    ['maxPool', () => maxPool(flat, [2, 2, 2]), 'smaller than the window'],
    ['concat', () => concat([x, odd]), 'may differ only in the last size'],
    ['slice', () => slice(x, 3, 2), 'there are no 2 channels from 3 on in volume [2, 8, 8, 8, 4]'],
    ['add', () => add(x, odd), 'both inputs must have the same shape'],
    ['matmul', () => matmul(m, m), 'the inner sizes differ (5 and 3)'],
    ['reshapeMatrix', () => reshapeMatrix(m, [4, 4]), 'cannot make a matrix [4, 4]'],
    ['toVolume', () => toVolume(m, [1, 1, 1, 4, 4]), 'cannot make a volume'],
    ['sigmoid of a volume', () => sigmoid(x), 'takes matrices and vectors'],
    ['diceCrossEntropy', () => diceCrossEntropy(x, target), 'the target must be [N, D, H, W] as the logits'],
    ['a size of zero', () => graph.input('none', [2, 0]), 'whole numbers from 1 on'],
    ['a volume with four sizes', () => graph.input('four', [2, 2, 2, 2], 'volume'), 'a volume has 5 sizes'],
    ['a name twice', () => graph.input('x', [1]), 'two inputs or parameters named "x"'],
    ['another graph', () => add(m, new Graph().input('m', [3, 5])), 'belongs to another graph'],
  ])('%s', (_name, build, message) => {
    expect(build).toThrow(EngineError)
    expect(build).toThrow(message)
  })
})

describe('graph', () => {
  it('comes back from JSON the same', () => {
    const { graph, loss } = unet({ batch: 1, patch: [4, 8, 8], levels: 2, base: 3, classes: 2 })
    const copy = Graph.fromJSON(JSON.parse(JSON.stringify(graph)))
    expect(copy.toJSON()).toEqual(graph.toJSON())
    const program = (g: Graph) => compileTraining({ graph: g, loss: g.tensors[loss.id], optimiser: adamW })
    expect(program(copy)).toEqual(program(graph))
  })

  it('refuses JSON that is no graph', () => {
    expect(() => Graph.fromJSON({ version: 2, nodes: [] } as never)).toThrow('not a network description')
    expect(() => Graph.fromJSON({ version: 1, nodes: [{ op: 'tanh', inputs: [3], attributes: {} }] })).toThrow('before')
    expect(() => Graph.fromJSON({ version: 1, nodes: [{ op: 'dance', inputs: [], attributes: {} }] })).toThrow(
      '"dance"',
    )
  })

  it('refuses to train what cannot be trained', () => {
    const graph = new Graph()
    const x = graph.input('x', [2, 3])
    const w = graph.parameter('w', [1, 1, 1, 1, 2], zero)
    const prediction = softmax(conv(graph.input('image', [1, 2, 2, 2, 1]), w))
    const target = graph.input('target', [1, 2, 2, 2], 'dense')
    const compile = (loss: typeof x) => () => compileTraining({ graph, loss, optimiser: adamW })
    expect(compile(mean(x))).toThrow('depends on no parameter')
    expect(compile(multiply(x, x))).toThrow('must be a scalar')
    expect(compile(diceCrossEntropy(prediction, target))).toThrow('softmax (volume [1, 2, 2, 2, 2]) has no gradient')
  })
})
