/**
 * A trained network as an ONNX model for other people's tools: channels first ([N, C, D, H, W]), the weights inside, and an
 * operator of ONNX for each operation of the network. Inputs and outputs have the names that they have in the graph.
 */
import { EngineError } from '../errors.ts'
import { nodesFor } from '../gradients.ts'
import type { Graph, InputAttributes, ParameterAttributes } from '../graph.ts'
import { settleRunning } from '../ops/normalise.ts'
import type { Tensors } from '../parameters.ts'
import { count, describe, type Node, type Shape, type Tensor, type TensorSpec } from '../tensor.ts'
import { ModelWriter, type Names, type Value } from './model.ts'

/**
 * The file's bytes. Throws EngineError 'input' where a parameter has no values that fit, and 'graph' for an operation that
 * belongs to training alone.
 */
export function networkModel(
  network: Graph,
  outputs: Readonly<Record<string, Tensor>>,
  weights: Tensors,
  names: Names,
): Uint8Array {
  const writer: Writer = { model: new ModelWriter(), weights, values: new Map(), parameters: new Map() }
  const named = new Map(Object.entries(outputs).map(([name, tensor]) => [tensor, name]))
  for (const node of nodesFor(network.nodes, Object.values(outputs))) {
    const rule = rules[node.op]
    if (!rule) {
      const what = node.outputs.map(describe).join(' and ')
      throw new EngineError('graph', `${node.op} (${what}) is no part of a network that can be exported as ONNX.`)
    }
    rule(node, writer, named.get(node.outputs[0]))
  }
  for (const tensor of Object.values(outputs)) writer.model.output(writer.values.get(tensor)!)
  return writer.model.finish(names)
}

interface Writer {
  readonly model: ModelWriter
  readonly weights: Tensors
  readonly values: Map<Tensor, Value>
  readonly parameters: Map<Tensor, string>
}

/** Writes a node; `name` is that of its output where the user gave one. */
type Rule = (node: Node, writer: Writer, name?: string) => void

const channelsFirst = ({ kind, shape }: TensorSpec): Shape =>
  kind === 'volume' ? [shape[0], shape[4], ...shape.slice(1, 4)] : shape

/** A rule whose node becomes one operator over the values of its inputs. */
const operator =
  (op: string, attributes: (node: Node) => Parameters<ModelWriter['node']>[3], inputs: InputRule = allValues): Rule =>
  (node, writer, name) => {
    const [y] = node.outputs
    writer.values.set(y, writer.model.node(op, inputs(node, writer), channelsFirst(y), attributes(node), name))
  }
type InputRule = (node: Node, writer: Writer) => Value[]
const allValues: InputRule = ({ inputs }, writer) => inputs.map((tensor) => valueOf(tensor, writer))

const valueOf = (tensor: Tensor, writer: Writer): Value =>
  writer.values.get(tensor) ?? parameter(tensor, writer, tensor.shape, (values) => values)

/** A parameter in the order that an operator wants. */
function parameter(
  tensor: Tensor,
  { model, weights, parameters, values }: Writer,
  shape: Shape,
  order: (values: Float32Array) => Float32Array,
): Value {
  const name = parameters.get(tensor)!
  const given = weights.get(name)
  if (given?.length !== count(tensor.shape)) {
    throw new EngineError('input', `The weights do not fit this network: ${name} should be ${describe(tensor)}.`)
  }
  const value = model.weights(name, shape, order(given))
  values.set(tensor, value)
  return value
}

/** x, the filter [k…, Ci, Co] with its channels brought to the front (Co first, or Ci), and the bias if there is one. */
const filtered =
  (first: 'out' | 'in'): InputRule =>
  ({ inputs: [x, filter, ...bias] }, writer) => {
    const [kd, kh, kw, ci, co] = filter.shape
    const taps = kd * kh * kw
    const [outer, inner] = first === 'out' ? [co, ci] : [ci, co]
    const reorder = (values: Float32Array): Float32Array =>
      Float32Array.from(values, (_, at) => {
        const [tap, i, o] = [at % taps, Math.floor(at / taps) % inner, Math.floor(at / taps / inner)]
        return values[first === 'out' ? (tap * ci + i) * co + o : (tap * ci + o) * co + i]
      })
    const weights = writer.values.get(filter) ?? parameter(filter, writer, [outer, inner, kd, kh, kw], reorder)
    return [valueOf(x, writer), weights, ...bias.map((tensor) => valueOf(tensor, writer))]
  }

const rules: Readonly<Record<string, Rule | undefined>> = {
  input({ outputs: [y], attributes }, { model, values }) {
    values.set(y, model.input((attributes as unknown as InputAttributes).name, channelsFirst(y)))
  },
  // Written where it is used: operators want their weights in orders of their own.
  parameter({ outputs: [tensor], attributes }, { parameters }) {
    parameters.set(tensor, (attributes as unknown as ParameterAttributes).name)
  },
  conv: operator(
    'Conv',
    ({ inputs: [, { shape: filter }], attributes: { stride } }) => {
      const half = filter.slice(0, 3).map((k) => (k - 1) / 2)
      return { kernel_shape: filter.slice(0, 3), strides: stride as number[], pads: [...half, ...half] }
    },
    filtered('out'),
  ),
  convTransposed: operator(
    'ConvTranspose',
    ({ inputs: [, { shape: filter }], attributes: { stride } }) => ({
      kernel_shape: filter.slice(0, 3),
      strides: stride as number[],
    }),
    filtered('in'),
  ),
  normalise(node, writer, name) {
    const { slope, batch, epsilon } = node.attributes as { slope: number; batch: boolean; epsilon: number }
    const [y] = node.outputs
    if (batch && y.shape[0] > 1) {
      throw new EngineError(
        'graph',
        'A norm over the whole batch is no part of a network that can be exported as ONNX.',
      )
    }
    const shape = channelsFirst(y)
    const attributes = { epsilon: { real: epsilon } }
    const active = slope !== 1
    let value = writer.model.node('InstanceNormalization', allValues(node, writer), shape, attributes, active ? undefined : name) // prettier-ignore
    if (active) value = writer.model.node('LeakyRelu', [value], shape, { alpha: { real: slope } }, name)
    writer.values.set(y, value)
  },
  normaliseBy(node, writer, name) {
    const { inputs: [x, statistics, gamma, beta], outputs: [y], attributes } = node // prettier-ignore
    const c = gamma.shape[0]
    const own = writer.parameters.get(statistics)!
    const given = writer.weights.get(own)
    if (given?.length !== count(statistics.shape)) {
      throw new EngineError('input', `The weights do not fit this network: ${own} should be ${describe(statistics)}.`)
    }
    const settled = settleRunning(given)
    const channel = (value: (i: number) => number) => Float32Array.from({ length: c }, (_, i) => value(i))
    const mean = writer.model.weights(`${own}.mean`, [c], channel((i) => settled[2 * i])) // prettier-ignore
    const variance = writer.model.weights(`${own}.variance`, [c], channel((i) => settled[2 * i + 1] ** -2)) // prettier-ignore
    const inputs = [valueOf(x, writer), valueOf(gamma, writer), valueOf(beta, writer), mean, variance]
    const { slope } = attributes as { slope: number }
    const active = slope !== 1
    const shape = channelsFirst(y)
    let value = writer.model.node('BatchNormalization', inputs, shape, { epsilon: { real: 0 } }, active ? undefined : name) // prettier-ignore
    if (active) value = writer.model.node('LeakyRelu', [value], shape, { alpha: { real: slope } }, name)
    writer.values.set(y, value)
  },
  leakyRelu: operator('LeakyRelu', ({ attributes }) => ({ alpha: { real: attributes.slope as number } })),
  maxPool: operator('MaxPool', ({ attributes: { window } }) => ({
    kernel_shape: window as number[],
    strides: window as number[],
  })),
  concat: operator('Concat', () => ({ axis: 1 })),
  add: operator('Add', () => ({})),
  softmax: operator('Softmax', () => ({ axis: 1 })),
}
