/** A network as an ONNX file: what ONNX Runtime computes from it against what we compute. */
import { expect, it } from 'vitest'
import {
  compileInference,
  concat,
  conv,
  convTransposed,
  globalMean,
  Graph,
  leakyRelu,
  maxPool,
  networkModel,
  normalise,
  normaliseBy,
  openSession,
  softmax,
  type Shape,
  type Tensor,
} from '../index.ts'
import { noise } from '../testing.ts'
import { loadRuntime } from './runtime.ts'

/** Everything that a segmentation network has, at odd sizes: flat kernels, strides, two channels, a skip of its own. */
function network() {
  const graph = new Graph()
  const filter = (name: string, shape: Shape) => graph.parameter(name, shape, { kind: 'normal', deviation: 0.3 })
  const vector = (name: string, size: number) => graph.parameter(name, [size], { kind: 'normal', deviation: 1 })
  const image = graph.input('image', [1, 5, 6, 7, 2])
  const norm = (x: Tensor, name: string, slope: number) =>
    normalise(x, vector(`${name}.gamma`, x.shape[4]), vector(`${name}.beta`, x.shape[4]), { slope, epsilon: 1e-3 })
  const fine = norm(conv(image, filter('a', [3, 3, 3, 2, 5])), 'a', 0.01)
  const flat = norm(conv(fine, filter('b', [1, 3, 3, 5, 4]), { stride: [1, 2, 2] }), 'b', 1)
  const pooled = maxPool(leakyRelu(flat, 0.2), [2, 1, 2])
  const up = convTransposed(pooled, filter('c', [2, 2, 2, 4, 3]), { stride: [2, 2, 2], bias: vector('c.bias', 3) })
  const down = maxPool(conv(image, filter('d', [1, 1, 1, 2, 3]), { bias: vector('d.bias', 3) }), [1, 1, 1])
  const statistics = graph.parameter('s', [1, 13], { kind: 'constant', value: 0.5 }, { running: true })
  const joined = normaliseBy(concat([up, up]), statistics, vector('s.gamma', 6), vector('s.beta', 6), { slope: 0.1 })
  const logits = conv(joined, filter('e', [3, 1, 3, 6, 4]))
  return { graph, logits, p: softmax(logits), down, mean: globalMean(down) }
}

const names = { graph: 'test', version: '1', description: 'a test', metadata: { labels: '[{"name":"Lebér"}]' } }

it('gives what our engine gives, channels first', async () => {
  const { graph, p, down } = network()
  const session = await openSession(compileInference({ graph, outputs: { p, down } }), { device: 'cpu' })
  session.initialise(3)
  const weights = await session.parameters()
  session.setParameters(weights) // running averages become what normalises when they are set
  const image = noise(5 * 6 * 7 * 2, 1)
  session.setInput('image', image)
  await session.evaluate()

  const { InferenceSession, Tensor } = await loadRuntime()
  const bytes = networkModel(graph, { p, down }, weights, names)
  const model = await InferenceSession.create(bytes)
  expect(model.inputNames).toEqual(['image'])
  expect(model.outputNames).toEqual(['p', 'down'])
  const planes = image.map((_, i) => image[(i % 210) * 2 + Math.floor(i / 210)])
  const found = await model.run({ image: new Tensor('float32', planes, [1, 2, 5, 6, 7]) })
  for (const [name, { shape }] of Object.entries({ p, down })) {
    const ours = await session.output(name)
    const [, d, h, w, c] = shape
    expect(found[name].dims).toEqual([1, c, d, h, w])
    const theirs = found[name].data as Float32Array
    const off = ours.map((value, i) => Math.abs(value - theirs[(i % c) * d * h * w + Math.floor(i / c)]))
    expect(Math.max(...off)).toBeLessThan(1e-5)
  }
  // The text of the metadata, as UTF-8.
  expect(Buffer.from(bytes).includes('[{"name":"Lebér"}]')).toBe(true)
  await model.release()
  await session.close()
})

it('refuses what has no place in a network, and weights that do not fit', () => {
  const { graph, mean, p } = network()
  expect(() => networkModel(graph, { mean }, new Map(), names)).toThrow(/do not fit.*d should be/)
  const weights = new Map(graph.nodes.flatMap(({ op, outputs: [{ shape }], attributes }) =>
    op === 'parameter' ? [[attributes.name as string, new Float32Array(shape.reduce((a, b) => a * b, 1))] as const] : [])) // prettier-ignore
  expect(() => networkModel(graph, { mean }, weights, names)).toThrow(/globalMean .* no part of a network/)
  expect(() => networkModel(graph, { p }, weights.set('e', new Float32Array(3)), names)).toThrow(/e should be/)
})
