/** Reverse mode: which tensors need a gradient, and the order in which the operations pass it on. */
import type { Emitter } from './emitter.ts'
import { EngineError } from './errors.ts'
import { ops } from './ops/table.ts'
import { describe, type Node, type Tensor } from './tensor.ts'

/** The nodes on which the wanted tensors depend, in the order of the graph. */
export function nodesFor(nodes: readonly Node[], wanted: Iterable<Tensor>): Node[] {
  const needed = new Set(wanted)
  const found: Node[] = []
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((tensor) => needed.has(tensor))) continue
    node.inputs.forEach((tensor) => needed.add(tensor))
    found.push(node)
  }
  return found.reverse()
}

/** The tensors that lie on a path from a parameter to the loss. */
export function gradientPaths(nodes: readonly Node[], loss: Tensor): Set<Tensor> {
  const fromParameters = new Set<Tensor>()
  for (const node of nodes) {
    if (node.op === 'parameter' || node.inputs.some((tensor) => fromParameters.has(tensor))) {
      node.outputs.forEach((tensor) => fromParameters.add(tensor))
    }
  }
  const paths = new Set<Tensor>()
  for (const node of nodesFor(nodes, [loss])) {
    for (const tensor of [...node.inputs, ...node.outputs]) if (fromParameters.has(tensor)) paths.add(tensor)
  }
  return paths
}

/** Emit the gradient rules from the loss back to the parameters. */
export function emitGradients(nodes: readonly Node[], loss: Tensor, e: Emitter): void {
  e.addScalarGradient(loss, 1)
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((tensor) => e.needsGradient(tensor) && e.hasGradient(tensor))) continue
    if (!node.inputs.some((tensor) => e.needsGradient(tensor))) continue
    const { backward } = ops[node.op]!
    if (!backward) {
      const what = node.outputs.map(describe).join(' and ')
      throw new EngineError('graph', `${node.op} (${what}) has no gradient, so a loss cannot depend on it.`)
    }
    e.label = `${node.op} backward`
    backward(node, e)
  }
}
