/** Normalisation of volumes fused with leaky ReLU: instance norm (Ulyanov et al. 2016) and batch norm (Ioffe & Szegedy 2015). */
import type { Node, Tensor } from '../tensor.ts'
import { normStatsSize } from '../kernels/index.ts'
import type { Buffer } from '../steps.ts'
import { addOne, checkKinds, checkVector, sizesOf, voxels, type Op } from './op.ts'

interface NormaliseAttributes {
  readonly slope: number
  readonly batch: boolean
  readonly epsilon: number
}

/**
 * y = lrelu(gamma·(x - mean)/√(variance + epsilon) + beta), mean and variance per channel over the voxels of each sample
 * or, with `batch`, of the whole batch (always of the batch at hand: there are no running averages).
 * x: volume [N, D, H, W, C]; gamma, beta [C]; slope of the leaky ReLU below zero, 1 = no activation.
 */
export function normalise(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { slope = 1, batch = false, epsilon = 1e-5 }: Partial<NormaliseAttributes> = {},
): Tensor {
  return addOne('normalise', [x, gamma, beta], { slope, batch, epsilon } satisfies NormaliseAttributes)
}

const attributesOf = (node: Node) => node.attributes as unknown as NormaliseAttributes

export const normaliseOp: Op = {
  infer(inputs) {
    const [x, gamma, beta] = inputs
    checkKinds('normalise', inputs, ['volume', 'vector', 'vector'])
    checkVector('normalise', 'scale (gamma)', gamma, x.shape[4])
    checkVector('normalise', 'offset (beta)', beta, x.shape[4])
    return [{ kind: 'volume', shape: x.shape }]
  },

  forward(node, e) {
    const [x, gamma, beta] = node.inputs
    const { slope, batch, epsilon } = attributesOf(node)
    const { n, c } = sizesOf(x)
    const stats = e.saved(node, 'statistics', normStatsSize(n, c))
    const { partial, slabs } = e.emitPartial('normStatsPartial', { x: e.buffer(x), ...sizesOf(x) })
    e.emit('normStats', { partial, stats, n, voxels: voxels(x), c, slabs, batch: batch ? 1 : 0, epsilon })
    const args = { x: e.buffer(x), stats, gamma: e.buffer(gamma), beta: e.buffer(beta) }
    e.emit('normApply', { ...args, y: e.over(node.outputs[0], x), ...sizesOf(x), slope })
  },

  backward(node, e) {
    const [x, gamma, beta] = node.inputs
    const { slope, batch } = attributesOf(node)
    const { n, c } = sizesOf(x)
    const dy = e.gradient(node.outputs[0])
    const stats = e.saved(node, 'statistics', normStatsSize(n, c))
    const sums = e.scratch('norm gradient sums', normStatsSize(n, c))
    const volumes = { x: e.buffer(x), stats, y: e.buffer(node.outputs[0]), dy }
    const { partial, slabs } = e.emitPartial('normGradPartial', { ...volumes, ...sizesOf(x), slope })
    const reduce = (dgamma: Buffer | null, dbeta: Buffer | null) =>
      e.emit('normGradSums', { partial, sums, dgamma, dbeta, n, c, slabs })
    // One kernel gives both sums, and either may be unwanted.
    const withBeta = (dgamma: Buffer | null) => {
      if (e.needsGradient(beta)) e.contributeFresh(beta, (dbeta) => reduce(dgamma, dbeta))
      else reduce(dgamma, null)
    }
    if (e.needsGradient(gamma)) e.contributeFresh(gamma, withBeta)
    else withBeta(null)
    e.contributeOver(x, dy, (dx, accumulate) =>
      e.emit('normGradApply', {
        ...volumes,
        gamma: e.buffer(gamma),
        sums,
        dx,
        ...sizesOf(x),
        batch: batch ? 1 : 0,
        accumulate,
        slope,
      }),
    )
  },
}
