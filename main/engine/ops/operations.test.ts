/** The gradient of every operation against central differences of the loss, each parameter along a random direction. */
import { describe, expect, it } from 'vitest'
import {
  add,
  compileTraining,
  concat,
  constantOf,
  conv,
  convTransposed,
  diceCrossEntropy,
  flatten,
  gatherRows,
  globalMean,
  Graph,
  gru,
  leakyRelu,
  maskedSquareError,
  matmul,
  maxPool,
  mean,
  multiply,
  normalise,
  normaliseRows,
  openSession,
  reshapeMatrix,
  scale,
  sigmoid,
  slice,
  softmaxCrossEntropy,
  tanh,
  toVolume,
  weightedSum,
  type Session,
  type Shape,
  type Tensor,
} from '../index.ts'
import { count } from '../tensor.ts'
import { adamW, labels, noise } from '../testing.ts'

/** Makes a parameter, or finds the one of that name. */
type Parameter = (name: string, shape: Shape) => Tensor
type Build = (p: Parameter, graph: Graph) => Tensor

/** A volume whose every value is a parameter. */
const volume = (p: Parameter, name: string, shape: Shape): Tensor => toVolume(p(name, shape), shape)

const cases: Record<string, Build> = {
  'conv 3³': (p) => conv(volume(p, 'x', [2, 3, 4, 5, 3]), p('w', [3, 3, 3, 3, 4]), { bias: p('b', [4]) }),
  'conv 1×3×3 with stride 1×2×2': (p) =>
    conv(volume(p, 'x', [1, 3, 5, 6, 2]), p('w', [1, 3, 3, 2, 5]), { bias: p('b', [5]), stride: [1, 2, 2] }),
  'conv 3³ with stride 2, odd and even sizes': (p) =>
    conv(volume(p, 'x', [2, 5, 4, 3, 2]), p('w', [3, 3, 3, 2, 3]), { stride: [2, 2, 2] }),
  'conv 1³': (p) => conv(volume(p, 'x', [2, 2, 3, 3, 4]), p('w', [1, 1, 1, 4, 3]), { bias: p('b', [3]) }),
  'conv 2D': (p) => conv(volume(p, 'x', [2, 1, 5, 4, 2]), p('w', [1, 3, 3, 2, 3])),
  'convTransposed 2³': (p) =>
    convTransposed(volume(p, 'x', [2, 2, 3, 2, 3]), p('w', [2, 2, 2, 3, 4]), { bias: p('b', [4]), stride: [2, 2, 2] }),
  'convTransposed 1×2×2': (p) =>
    convTransposed(volume(p, 'x', [1, 2, 3, 2, 3]), p('w', [1, 2, 2, 3, 2]), { stride: [1, 2, 2] }),
  'normalise per sample with leaky ReLU': (p) =>
    normalise(volume(p, 'x', [2, 3, 3, 4, 3]), p('gamma', [3]), p('beta', [3]), { slope: 0.1 }),
  'normalise over the batch': (p) =>
    normalise(volume(p, 'x', [3, 2, 3, 4, 2]), p('gamma', [2]), p('beta', [2]), { batch: true, slope: 0.2 }),
  'normalise without activation': (p) => normalise(volume(p, 'x', [2, 3, 3, 3, 2]), p('gamma', [2]), p('beta', [2])),
  'normalise with a fixed scale': (p, graph) =>
    normalise(volume(p, 'x', [1, 3, 3, 3, 2]), constantOf(graph, [2], 1.5), p('beta', [2])),
  'maxPool 2³ dropping the odd rest': (p) => maxPool(volume(p, 'x', [2, 4, 5, 6, 3]), [2, 2, 2]),
  'maxPool 1×2×2': (p) => maxPool(volume(p, 'x', [1, 3, 4, 4, 2]), [1, 2, 2]),
  globalMean: (p) => globalMean(volume(p, 'x', [3, 2, 3, 4, 5])),
  'concat of volumes': (p) => concat([volume(p, 'a', [2, 2, 3, 2, 3]), volume(p, 'b', [2, 2, 3, 2, 2])]),
  'concat of a volume with itself': (p) => {
    const x = volume(p, 'x', [1, 2, 3, 2, 3])
    return concat([x, x])
  },
  'concat of matrices': (p) => concat([p('a', [4, 3]), p('b', [4, 2])]),
  'slice of a volume': (p) => slice(volume(p, 'x', [2, 2, 3, 2, 5]), 1, 3),
  'slices of a matrix': (p) => multiply(slice(p('x', [4, 6]), 0, 3), slice(p('x', [4, 6]), 2, 3)),
  flatten: (p) => flatten(volume(p, 'x', [2, 2, 3, 2, 2])),
  reshapeMatrix: (p) => tanh(reshapeMatrix(p('x', [4, 6]), [3, 8])),
  'reshape of what is used elsewhere too': (p) => {
    const x = tanh(p('x', [4, 6]))
    return add(reshapeMatrix(reshapeMatrix(x, [6, 4]), [4, 6]), multiply(x, x))
  },
  add: (p) => add(p('a', [3, 4]), p('b', [3, 4])),
  'add of volumes': (p) => add(volume(p, 'a', [1, 2, 3, 2, 2]), volume(p, 'b', [1, 2, 3, 2, 2])),
  'add to itself': (p) => {
    const x = tanh(p('x', [3, 4]))
    return add(x, x)
  },
  multiply: (p) => multiply(volume(p, 'a', [1, 2, 3, 2, 2]), volume(p, 'b', [1, 2, 3, 2, 2])),
  square: (p) => multiply(p('x', [3, 4]), p('x', [3, 4])),
  scale: (p) => scale(volume(p, 'x', [1, 2, 3, 2, 2]), -0.7),
  leakyRelu: (p) => leakyRelu(volume(p, 'x', [2, 2, 3, 2, 2]), 0.2),
  sigmoid: (p) => sigmoid(p('x', [4, 5])),
  'tanh of a volume': (p) => tanh(volume(p, 'x', [1, 2, 3, 2, 2])),
  matmul: (p) => matmul(p('a', [4, 3]), p('b', [3, 5]), { bias: p('bias', [5]) }),
  'matmul, a transposed': (p) => matmul(p('a', [3, 4]), p('b', [3, 5]), { transposeA: true }),
  'matmul, b transposed': (p) => matmul(p('a', [4, 3]), p('b', [5, 3]), { transposeB: true }),
  'matmul, both transposed': (p) => matmul(p('a', [3, 4]), p('b', [5, 3]), { transposeA: true, transposeB: true }),
  'matmul of a matrix with itself': (p) => matmul(p('a', [4, 3]), p('a', [4, 3]), { transposeB: true }),
  'gatherRows with a row used twice': (p, graph) => gatherRows(p('x', [4, 3]), graph.input('index', [5], 'vector')),
  normaliseRows: (p) => normaliseRows(p('x', [4, 5])),
  gru: (p) => gru(p('x', [3, 15]), p('h', [3, 5]), { weights: p('wh', [5, 15]), bias: p('bh', [15]) }),
  softmaxCrossEntropy: (p, graph) => softmaxCrossEntropy(p('x', [5, 4]), graph.input('rowTarget', [5], 'vector')).loss,
  'diceCrossEntropy over the batch': (p, graph) =>
    diceCrossEntropy(volume(p, 'x', [2, 2, 3, 4, 3]), graph.input('voxelTarget', [2, 2, 3, 4], 'dense')),
  'diceCrossEntropy per sample, weighted, smooth': (p, graph) =>
    diceCrossEntropy(volume(p, 'x', [2, 2, 3, 4, 3]), graph.input('voxelTarget', [2, 2, 3, 4], 'dense'), {
      perSample: true,
      weightCe: 0.3,
      weightDice: 2,
      smooth: 1,
    }),
  'mean and scaled scalars': (p) => scale(weightedSum([[mean(p('x', [3, 4])), 2]]), 1.5),
  'Euclidean distance of rows': (p, graph) => {
    const difference = add(p('a', [4, 6]), scale(p('b', [4, 6]), -1))
    return matmul(multiply(normaliseRows(difference), difference), constantOf(graph, [6, 1], 1))
  },
}

/** A scalar that depends on every value of a tensor in its own way. */
function probe(y: Tensor, name: string): Tensor {
  const { graph, kind, shape } = y
  if (kind === 'scalar') return y
  if (kind === 'matrix') return mean(multiply(y, graph.input(`${name} target`, shape, 'matrix')))
  const target = graph.input(`${name} target`, shape, 'dense')
  return maskedSquareError(y, target, graph.input(`${name} mask`, shape.slice(0, 4), 'dense'))
}

function fillInputs(session: Session): void {
  for (const { name, shape } of session.program.inputs) {
    const size = count(shape)
    if (name === 'index') session.setInput(name, Float32Array.of(2, 0, 2, 3, 1))
    else if (name === 'rowTarget') session.setInput(name, Float32Array.of(3, 0, -1, 2, 2))
    else if (name === 'voxelTarget')
      session.setInput(
        name,
        labels(size, 3, 5).map((c, i) => (i % 7 === 3 ? 255 : c)),
      )
    else if (name.endsWith('mask'))
      session.setInput(
        name,
        labels(size, 4, 6).map((v) => (v > 0 ? 1 : 0)),
      )
    else session.setInput(name, noise(size, 7, name))
  }
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0)

/** Compare each parameter's gradient along a random direction with the loss on both sides. */
async function checkGradients(graph: Graph, loss: Tensor, h = 2e-3): Promise<void> {
  const session = await openSession(compileTraining({ graph, loss, optimiser: adamW }), { device: 'reference' })
  session.initialise(11)
  fillInputs(session)
  await session.step({ rate: 0 })
  const gradients = await session.gradients()
  const parameters = await session.parameters()
  for (const [name, values] of parameters) {
    const direction = noise(values.length, 13, name)
    const at = async (sign: number) => {
      session.setParameters(new Map([...parameters, [name, values.map((v, i) => v + sign * h * direction[i])]]))
      return (await session.evaluate()).loss!
    }
    const gradient = gradients.get(name)!
    const numeric = ((await at(1)) - (await at(-1))) / (2 * h)
    const size = Math.sqrt(dot(gradient, gradient))
    expect(size, `${name} has a gradient`).toBeGreaterThan(1e-6)
    expect(Math.abs(dot(gradient, direction) - numeric), `${name}: ${dot(gradient, direction)} and ${numeric}`) //
      .toBeLessThan(2e-3 * size + 2e-4)
  }
  await session.close()
}

function parametersOf(graph: Graph): Parameter {
  const made = new Map<string, Tensor>()
  return (name, shape) => {
    if (!made.has(name)) made.set(name, graph.parameter(name, shape, { kind: 'normal', deviation: 0.8 }))
    return made.get(name)!
  }
}

describe.each(Object.entries(cases))('%s', (name, build) => {
  it('has the gradient of its loss', async () => {
    const graph = new Graph()
    await checkGradients(graph, probe(build(parametersOf(graph), graph), 'first'))
  })

  if (name.includes('index') || name.includes('gather') || name.includes('CrossEntropy')) return
  it('adds up the gradients where a tensor is used twice', async () => {
    const graph = new Graph()
    const p = parametersOf(graph)
    // The same parameters in two branches, and the inner tensors of the second branch again in a third.
    const first = probe(build(p, graph), 'first')
    const second = build(p, graph)
    const terms = [
      [first, 1],
      [probe(second, 'second'), 0.5],
      [probe(second, 'third'), -0.4],
    ] as const
    await checkGradients(graph, weightedSum(terms))
  })
})
