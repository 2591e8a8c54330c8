/** From a graph to a program: forward rules, gradients, optimiser, memory plan, kernel calls. */
import { Emitter, type SegmentName } from './emitter.ts'
import { EngineError } from './errors.ts'
import { emitGradients, gradientPaths, nodesFor } from './gradients.ts'
import type { Graph, InputAttributes } from './graph.ts'
import { emitNorm, emitUpdate, layOutParameters, type FlatParameters } from './optimiser.ts'
import { ops } from './ops/table.ts'
import { planMemory } from './plan.ts'
import type { Optimiser, Program } from './program.ts'
import { toCall, type Buffer } from './steps.ts'
import type { Node, Tensor } from './tensor.ts'

interface CommonOptions {
  readonly graph: Graph
  /** Threads to run with; the results do not depend on their number. */
  readonly threads?: number
  /** false: no two buffers share memory. For tests, which compare results with and without. */
  readonly reuseMemory?: boolean
}

export interface TrainingOptions extends CommonOptions {
  /** A scalar. */
  readonly loss: Tensor
  readonly optimiser: Optimiser
  /** What else is to be read after a step: scalars are returned by it, other tensors by `output`. */
  readonly outputs?: Readonly<Record<string, Tensor>>
}

export interface InferenceOptions extends CommonOptions {
  readonly outputs: Readonly<Record<string, Tensor>>
}

/** Compile one training step: forward, gradients, their norm, update. Throws EngineError 'graph'. */
export function compileTraining(options: TrainingOptions): Program {
  const { graph, loss, optimiser, outputs = {} } = options
  checkBelongs(graph, { loss, ...outputs })
  if (loss.kind !== 'scalar') throw new EngineError('graph', `The loss must be a scalar, not a ${loss.kind}.`)
  const nodes = nodesFor(graph.nodes, [loss, ...Object.values(outputs)])
  const gradients = gradientPaths(nodes, loss)
  if (gradients.size === 0)
    throw new EngineError('graph', 'The loss depends on no parameter, so nothing can be learned.')

  const kept = new Set([loss, ...Object.values(outputs), ...inputsOf(nodes)])
  const e = new Emitter({ training: true, kept, gradients, uses: countUses(nodes) })
  const flat = layOutParameters(graph.nodes, e, optimiser)
  emitForward(nodes, e)
  e.segment = 'backward'
  emitGradients(nodes, loss, e)
  const norm = e.allocate('gradient norm', 1, true)
  emitNorm(flat, norm, e)
  e.segment = 'update'
  emitUpdate(flat, norm, optimiser, e)
  for (const node of nodes) {
    e.label = `${node.op} update`
    ops[node.op]!.update?.(node, e)
  }

  const flops = nodes.reduce((sum, node) => {
    const passes = 1 + node.inputs.slice(0, 2).filter((tensor) => gradients.has(tensor)).length
    return sum + passes * (ops[node.op]!.flops?.(node) ?? 0)
  }, 0)
  return finish('training', options, { e, flat, nodes, outputs, flops, loss: e.buffer(loss), norm, optimiser })
}

/** Compile a forward pass that only computes the outputs. Filters are packed once, when the parameters are set. */
export function compileInference(options: InferenceOptions): Program {
  const { graph, outputs } = options
  checkBelongs(graph, outputs)
  if (Object.keys(outputs).length === 0) throw new EngineError('graph', 'There is nothing to compute: no outputs.')
  const nodes = nodesFor(graph.nodes, Object.values(outputs))
  const kept = new Set([...Object.values(outputs), ...inputsOf(nodes)])
  const e = new Emitter({ training: false, kept, gradients: new Set(), uses: countUses(nodes) })
  const flat = layOutParameters(nodes, e)
  emitForward(nodes, e)
  const flops = nodes.reduce((sum, node) => sum + (ops[node.op]!.flops?.(node) ?? 0), 0)
  return finish('inference', options, { e, flat, nodes, outputs, flops })
}

function emitForward(nodes: readonly Node[], e: Emitter): void {
  for (const node of nodes) {
    e.label = `${node.op} forward`
    ops[node.op]!.forward(node, e)
  }
}

interface Parts {
  readonly e: Emitter
  readonly flat: FlatParameters
  readonly nodes: readonly Node[]
  readonly outputs: Readonly<Record<string, Tensor>>
  readonly flops: number
  readonly loss?: Buffer
  readonly norm?: Buffer
  readonly optimiser?: Optimiser
}

/** Plan the memory and put offsets where buffers were. */
function finish(kind: Program['kind'], { threads, reuseMemory = true }: CommonOptions, parts: Parts): Program {
  const { e, flat, nodes, outputs, flops, loss, norm, optimiser } = parts
  const { segments } = e
  // Outputs that are parameters or inputs themselves are kept already; all others get their place here.
  const outputBuffers = Object.entries(outputs).map(([name, tensor]) => ({ name, tensor, buffer: e.buffer(tensor) }))
  const steps = [...segments.prepare, ...segments.forward, ...segments.backward, ...segments.update]
  const plan = planMemory(e.buffers, steps, { reuse: reuseMemory })
  const offset = (buffer: Buffer) => plan.offsetOf(buffer)
  const bySegment = <T>(make: (name: SegmentName) => T) => ({
    prepare: make('prepare'),
    forward: make('forward'),
    backward: make('backward'),
    update: make('update'),
  })
  const momentAreas = Object.values(flat.moments)
  return {
    kind,
    threads,
    floats: plan.floats,
    kept: plan.kept,
    peakBytes: plan.floats * 4,
    flops,
    parameters: flat.parameters.map((parameter) => ({
      name: parameter.name,
      kind: parameter.tensor.kind,
      shape: parameter.shape,
      group: parameter.group,
      decay: parameter.decay,
      initialiser: parameter.initialiser,
      running: parameter.running === true,
      offset: offset(parameter.values),
      size: parameter.values.size,
      gradient: parameter.gradient ? offset(parameter.gradient) : -1,
      moments: Object.fromEntries(Object.entries(parameter.moments).map(([name, view]) => [name, offset(view)])),
    })),
    inputs: inputsOf(nodes).map((tensor) => ({
      name: nameOfInput(nodes, tensor),
      kind: tensor.kind,
      shape: tensor.shape,
      offset: offset(e.buffer(tensor)),
    })),
    outputs: outputBuffers.map(({ name, tensor: { kind, shape }, buffer }) => ({
      name,
      kind,
      shape,
      offset: offset(buffer),
    })),
    loss: loss && offset(loss),
    norm: norm && offset(norm),
    groups: flat.groups.map(({ name, schedule, scale }) => ({
      name,
      schedule: offset(schedule),
      scale: offset(scale),
    })),
    optimiser,
    parameterRange: { offset: offset(flat.values), size: flat.values.size },
    momentRange: {
      offset: momentAreas.length > 0 ? offset(momentAreas[0]) : 0,
      size: momentAreas.length * flat.values.size,
    },
    segments: bySegment((name) => segments[name].map((step) => toCall(step, offset))),
    labels: bySegment((name) => segments[name].map(({ label }) => label)),
  }
}

const inputsOf = (nodes: readonly Node[]): Tensor[] =>
  nodes.filter(({ op }) => op === 'input').map(({ outputs }) => outputs[0])

const nameOfInput = (nodes: readonly Node[], tensor: Tensor): string =>
  (nodes.find(({ outputs }) => outputs[0] === tensor)!.attributes as unknown as InputAttributes).name

function countUses(nodes: readonly Node[]): Map<Tensor, number> {
  const uses = new Map<Tensor, number>()
  for (const { inputs } of nodes) for (const tensor of inputs) uses.set(tensor, (uses.get(tensor) ?? 0) + 1)
  return uses
}

function checkBelongs(graph: Graph, tensors: Readonly<Record<string, Tensor>>): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor.graph !== graph) throw new EngineError('graph', `The output "${name}" belongs to another graph.`)
  }
}
