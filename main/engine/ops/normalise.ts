/** Normalisation of volumes fused with leaky ReLU: instance norm (Ulyanov et al. 2016) and batch norm (Ioffe & Szegedy 2015). */
import { count, type Node, type Tensor, type TensorSpec } from '../tensor.ts'
import { normStatsSize } from '../kernels/index.ts'
import type { Forward } from '../rules.ts'
import type { Buffer } from '../steps.ts'
import { addOne, checkKinds, checkVector, shapeError, sizesOf, voxels, type Op } from './op.ts'

interface NormaliseAttributes {
  readonly slope: number
  readonly batch: boolean
  readonly epsilon: number
  /** Of the running averages; 0 where there are none. */
  readonly momentum: number
}

/** Values of a parameter with the running statistics of C channels: mean and variance of each, and their weight. */
export const runningSize = (c: number): number => 2 * c + 1

/**
 * y = lrelu(gamma·(x - mean)/√(variance + epsilon) + beta), mean and variance per channel over the voxels of each sample
 * or, with `batch`, of the whole batch (always of the batch at hand).
 * x: volume [N, D, H, W, C]; gamma, beta [C]; slope of the leaky ReLU below zero, 1 = no activation.
 *
 * running: a parameter [1, 2C+1] of zeros. After each training step (not after an evaluation, nor after a step that was
 * refused) it takes up the statistics of the batch: running ← momentum·running + (1 - momentum)·(mean and variance, with
 * epsilon, of each channel, 1). So its last value says how much of the average is filled. No gradient reaches it. In an inference
 * program the same parameter serves `normaliseBy`; setting it there divides it by that value. Make it with `running: true`.
 */
export function normalise(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  options: Partial<Omit<NormaliseAttributes, 'momentum'>> & { running?: { average: Tensor; momentum: number } } = {},
): Tensor {
  const { slope = 1, batch = false, epsilon = 1e-5, running } = options
  const inputs = running ? [x, gamma, beta, running.average] : [x, gamma, beta]
  const momentum = running?.momentum ?? 0
  return addOne('normalise', inputs, { slope, batch, epsilon, momentum } satisfies NormaliseAttributes)
}

function checkRunning(op: string, statistics: TensorSpec, c: number): void {
  if (count(statistics.shape) === runningSize(c)) return
  throw shapeError(op, `the running statistics must be [1, ${runningSize(c)}]`, statistics)
}

const attributesOf = (node: Node) => node.attributes as unknown as NormaliseAttributes

export const normaliseOp: Op = {
  infer(inputs) {
    const [x, gamma, beta, average] = inputs
    checkKinds('normalise', inputs, average ? ['volume', 'vector', 'vector', 'matrix'] : ['volume', 'vector', 'vector'])
    if (average) checkRunning('normalise', average, x.shape[4])
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

  update(node, e) {
    const [x, , , average] = node.inputs
    if (!average) return
    const { n, c } = sizesOf(x)
    const { momentum } = attributesOf(node)
    const stats = e.saved(node, 'statistics', normStatsSize(n, c))
    const size = runningSize(c)
    // With `batch` every sample has the same statistics: those of the first stand for all.
    const column = { rows: c, c: 1, accumulate: 0 } as const
    const inverse = e.scratch('inverse deviations', c)
    e.emit('copyColumns', { ...column, x: stats, y: inverse, xC: 2, yC: 1, xc: 1, yc: 0 })
    const now = e.scratch('means, variances and 1', size)
    e.emit('fill', { y: now, size, value: 1 })
    const variance = overSquare(inverse, c, e)
    e.emit('copyColumns', { ...column, x: stats, y: now, xC: 2, yC: 2, xc: 0, yc: 0 })
    e.emit('copyColumns', { ...column, x: variance, y: now, xC: 1, yC: 2, xc: 0, yc: 1 })
    const y = e.buffer(average)
    e.emit('scale', { x: y, y, size, accumulate: 0, a: momentum })
    e.emit('scale', { x: now, y, size, accumulate: 1, a: 1 - momentum })
  },
}

/** 1 / x² of c positive values. Division is what is left of the gradient of `normaliseRows` where the rows are zero. */
function overSquare(x: Buffer, c: number, e: Forward): Buffer {
  const [zeros, ones, once, twice] = ['zeros', 'ones', '1 / x', '1 / x²'].map((label) => e.scratch(label, c))
  e.emit('fill', { y: zeros, size: c, value: 0 })
  e.emit('fill', { y: ones, size: c, value: 1 })
  const divide = { y: zeros, norms: x, rows: c, c: 1, accumulate: 0, epsilon: 0 } as const
  e.emit('normaliseRowsGrad', { ...divide, dy: ones, dx: once })
  e.emit('normaliseRowsGrad', { ...divide, dy: once, dx: twice })
  return twice
}

/**
 * y = lrelu(gamma·(x - mean)·inverse + beta) by statistics that are given, the same for every sample: what batch norm is once
 * training is over. statistics: parameter [1, 2C+1], the running averages of `normalise`. No gradient.
 */
export function normaliseBy(
  x: Tensor,
  statistics: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { slope = 1 }: { slope?: number } = {},
): Tensor {
  return addOne('normaliseBy', [x, statistics, gamma, beta], { slope })
}

export const normaliseByOp: Op = {
  infer(inputs) {
    const [x, statistics, gamma, beta] = inputs
    checkKinds('normaliseBy', inputs, ['volume', 'matrix', 'vector', 'vector'])
    checkRunning('normaliseBy', statistics, x.shape[4])
    checkVector('normaliseBy', 'scale (gamma)', gamma, x.shape[4])
    checkVector('normaliseBy', 'offset (beta)', beta, x.shape[4])
    return [{ kind: 'volume', shape: x.shape }]
  },
  forward({ inputs: [x, statistics, gamma, beta], outputs: [y], attributes }, e) {
    // The same row for every sample.
    const { n, c } = sizesOf(x)
    const index = e.scratch('zeros', n)
    const stats = e.scratch('statistics of each sample', normStatsSize(n, c))
    e.emit('fill', { y: index, size: n, value: 0 })
    e.emit('gatherRows', { x: e.buffer(statistics), index, y: stats, rows: n, c: 2 * c, xRows: 1 })
    const args = { x: e.buffer(x), stats, gamma: e.buffer(gamma), beta: e.buffer(beta) }
    e.emit('normApply', { ...args, y: e.over(y, x), ...sizesOf(x), slope: attributes.slope as number })
  },
}

/**
 * Running averages (mean and variance of each channel, weight) as `normaliseBy` wants them: mean and inverse deviation, 1.
 * Averages that no step has filled leave values as they are. Not to be done twice.
 */
export function settleRunning(values: Float32Array): Float32Array {
  const last = values.length - 1
  const weight = values[last]
  return values.map((value, i) => {
    if (i === last) return 1
    if (weight === 0) return i % 2
    return i % 2 === 0 ? value / weight : Math.sqrt(weight / value)
  })
}
