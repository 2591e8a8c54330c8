/**
 * The graph: a network, its loss and all its parameters as plain data. Nodes stand in the order in which they were
 * added, so every node comes after its inputs. The functions in `ops/` add nodes; nobody else needs to.
 */
import { EngineError } from './errors.ts'
import type { Initialiser } from './initialise.ts'
import { ops } from './ops/table.ts'
import { count, type Attributes, type Node, type Shape, type Tensor, type TensorKind } from './tensor.ts'

/** A graph as JSON: inputs of a node are positions of tensors, counted over the outputs of all nodes in order. */
export interface GraphJson {
  readonly version: 1
  readonly nodes: readonly { op: string; inputs: readonly number[]; attributes: Attributes }[]
}

export interface InputAttributes {
  readonly name: string
  readonly shape: Shape
  readonly kind: TensorKind
}

export interface ParameterAttributes {
  readonly name: string
  readonly shape: Shape
  readonly initialiser: Initialiser
  /** Learning-rate group: a session can slow or freeze each group on its own. */
  readonly group: string
  /** Whether weight decay applies. */
  readonly decay: boolean
  /** Running statistics (see `normalise`): an inference program settles them when they are set. */
  readonly running?: boolean
}

export class Graph {
  readonly nodes: Node[] = []
  readonly tensors: Tensor[] = []
  readonly #names = new Set<string>()

  /**
   * Values given before a run. Volumes [N, D, H, W, C] and dense tensors are given row-major without halo.
   * Without `kind`: 5 numbers are a volume, 2 a matrix, 1 a vector, anything else dense.
   */
  input(name: string, shape: Shape, kind: Exclude<TensorKind, 'scalar'> = kindOf(shape, 'volume')): Tensor {
    return this.add('input', [], { name, shape: [...shape], kind } satisfies InputAttributes)[0]
  }

  /**
   * Trained values. Filters are [kd, kh, kw, Ci, Co]. Weight decay applies to everything but vectors unless told
   * otherwise (vectors are biases and the scales of normalisation), and never to running statistics.
   */
  parameter(
    name: string,
    shape: Shape,
    initialiser: Initialiser,
    options: { group?: string; decay?: boolean; running?: boolean } = {},
  ): Tensor {
    const { group = 'default', running = false, decay = shape.length > 1 && !running } = options
    const attributes = { name, shape: [...shape], initialiser, group, decay, running } satisfies ParameterAttributes
    return this.add('parameter', [], attributes)[0]
  }

  /** Add a node; its rule in ops/ checks the inputs and tells the shapes of the outputs. */
  add(op: string, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor[] {
    const rule = ops[op]
    if (!rule) throw new EngineError('graph', `There is no operation called "${op}".`)
    for (const tensor of inputs) {
      if (tensor.graph !== this) throw new EngineError('graph', `${op}: an input belongs to another graph.`)
    }
    const specs = rule.infer(inputs, attributes)
    for (const { shape } of specs) checkSizes(op, shape)
    if (op === 'input' || op === 'parameter') this.#takeName(String(attributes.name))
    const outputs = specs.map(({ kind, shape }, i) => ({ id: this.tensors.length + i, kind, shape, graph: this }))
    this.tensors.push(...outputs)
    this.nodes.push({ op, inputs: [...inputs], outputs, attributes })
    return outputs
  }

  toJSON(): GraphJson {
    const nodes = this.nodes.map(({ op, inputs, attributes }) => ({ op, inputs: inputs.map((t) => t.id), attributes }))
    return { version: 1, nodes }
  }

  /** Rebuild a graph from its JSON; every shape is checked again. */
  static fromJSON(json: GraphJson): Graph {
    if (json?.version !== 1 || !Array.isArray(json.nodes)) {
      throw new EngineError('graph', 'This is not a network description that this version can read.')
    }
    const graph = new Graph()
    for (const { op, inputs, attributes } of json.nodes) {
      const tensors = inputs.map((id: number) => graph.tensors[id])
      if (tensors.includes(undefined as never)) {
        throw new EngineError('graph', `${op}: the network description uses a tensor before it is made.`)
      }
      graph.add(op, tensors, attributes)
    }
    return graph
  }

  #takeName(name: string): void {
    if (name === '') throw new EngineError('graph', 'Inputs and parameters need a name.')
    if (this.#names.has(name)) throw new EngineError('graph', `There are two inputs or parameters named "${name}".`)
    this.#names.add(name)
  }
}

/** The kind that a shape suggests; `five` is what a shape of five numbers is. */
export function kindOf(shape: Shape, five: 'volume' | 'dense'): 'volume' | 'dense' | 'matrix' | 'vector' {
  if (shape.length === 5) return five
  return shape.length === 2 ? 'matrix' : shape.length === 1 ? 'vector' : 'dense'
}

function checkSizes(op: string, shape: Shape): void {
  if (shape.length > 0 && shape.every((n) => Number.isInteger(n) && n >= 1) && count(shape) < 2 ** 31) return
  throw new EngineError('shape', `${op}: a shape needs whole numbers from 1 on, not [${shape.join(', ')}].`)
}
