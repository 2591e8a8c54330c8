/**
 * Losses: scalars. Their kernels give the gradient along with the loss, for a weight of 1; the weight with which a loss
 * counts in the total is a number known when the program is compiled, so it is multiplied in without a further pass.
 */
import { diceSumsSize } from '../kernels/index.ts'
import { count, floatsOf, sameShape, type Node, type Tensor } from '../tensor.ts'
import { addOne, checkKinds, rowsOf, shapeError, sizesOf, type Op } from './op.ts'

const scalar = { kind: 'scalar', shape: [1] } as const

/**
 * Softmax cross-entropy, mean over the rows whose target is a class; others are ignored.
 * logits: matrix [R, C]; target: vector [R] of whole numbers. `correct` is the share of rows whose largest logit is the target.
 */
export function softmaxCrossEntropy(logits: Tensor, target: Tensor): { loss: Tensor; correct: Tensor } {
  const [loss, correct] = logits.graph.add('softmaxCrossEntropy', [logits, target])
  return { loss, correct }
}

export const softmaxCrossEntropyOp: Op = {
  infer(inputs) {
    checkKinds('softmaxCrossEntropy', inputs, ['matrix', 'vector'])
    const [logits, target] = inputs
    if (target.shape[0] !== logits.shape[0]) {
      throw shapeError('softmaxCrossEntropy', 'needs one target for each row of the logits', logits, target)
    }
    return [scalar, scalar]
  },
  forward(node, e) {
    const [logits, target] = node.inputs
    const [loss, correct] = node.outputs
    const dlogits = e.saved(node, 'gradient', floatsOf(logits))
    const values = { logits: e.buffer(logits), target: e.buffer(target), dlogits }
    const results = { loss: e.buffer(loss), correct: e.buffer(correct) }
    e.emit('softmaxCrossEntropy', { ...values, ...results, ...rowsOf(logits) })
  },
  backward(node, e) {
    const [logits] = node.inputs
    const dlogits = e.saved(node, 'gradient', floatsOf(logits))
    e.handOver(logits, dlogits, e.scalarGradient(node.outputs[0]))
  },
}

interface DiceAttributes {
  readonly weightCe: number
  readonly weightDice: number
  readonly smooth: number
  readonly perSample: boolean
}

/**
 * weightCe · cross-entropy + weightDice · (1 - mean soft Dice of the foreground classes); class 0 is background. Dice =
 * (2Σpt + smooth) / (Σp + Σt + smooth) over the batch, or for each sample by itself. Voxels whose target is no class are
 * ignored (255 by custom).
 * logits: volume [N, D, H, W, C]; target: dense [N, D, H, W] of whole numbers.
 */
export function diceCrossEntropy(logits: Tensor, target: Tensor, options: Partial<DiceAttributes> = {}): Tensor {
  const { weightCe = 1, weightDice = 1, smooth = 1e-5, perSample = false } = options
  return addOne('diceCrossEntropy', [logits, target], {
    weightCe,
    weightDice,
    smooth,
    perSample,
  } satisfies DiceAttributes)
}

function diceArguments({ inputs: [logits], attributes }: Node) {
  const { weightCe: wce, weightDice: wdice, smooth, perSample } = attributes as unknown as DiceAttributes
  return { sizes: { ...sizesOf(logits), perSample: perSample ? 1 : 0 }, wce, wdice, smooth }
}

export const diceCrossEntropyOp: Op = {
  infer(inputs) {
    checkKinds('diceCrossEntropy', inputs, ['volume', 'dense'])
    const [logits, target] = inputs
    if (!sameShape(target.shape, logits.shape.slice(0, 4))) {
      throw shapeError('diceCrossEntropy', 'the target must be [N, D, H, W] as the logits', logits, target)
    }
    return [scalar]
  },
  forward(node, e) {
    const [logits, target] = node.inputs
    const { sizes, wce, wdice, smooth } = diceArguments(node)
    const { n, c, perSample } = sizes
    const prob = e.saved(node, 'probabilities', floatsOf(logits))
    const sums = e.saved(node, 'sums', diceSumsSize(n, c, perSample))
    const values = { logits: e.buffer(logits), target: e.buffer(target), prob }
    const { partial, slabs } = e.emitPartial('diceCePartial', { ...values, ...sizes })
    const loss = e.buffer(node.outputs[0])
    e.emit('diceCeLoss', { partial, sums, loss, n, c, slabs, perSample, wce, wdice, smooth })
  },
  backward(node, e) {
    const [logits, target] = node.inputs
    const { sizes, wce, wdice, smooth } = diceArguments(node)
    const weight = e.scalarGradient(node.outputs[0])
    const prob = e.saved(node, 'probabilities', floatsOf(logits))
    const sums = e.saved(node, 'sums', diceSumsSize(sizes.n, sizes.c, sizes.perSample))
    const values = { prob, target: e.buffer(target), sums, ...sizes, wce: weight * wce, wdice: weight * wdice, smooth }
    e.contributeFresh(logits, (dlogits) => e.emit('diceCeGrad', { ...values, dlogits }))
  },
}

/**
 * Mean of (x - target)² over the masked voxels and their channels: Σ mask·(x - target)² / max(1, C·Σ mask).
 * x: volume [N, D, H, W, C]; target: dense, same shape; mask: dense [N, D, H, W], 0 or 1.
 */
export function maskedSquareError(x: Tensor, target: Tensor, mask: Tensor): Tensor {
  return addOne('maskedSquareError', [x, target, mask])
}

export const maskedSquareErrorOp: Op = {
  infer(inputs) {
    checkKinds('maskedSquareError', inputs, ['volume', 'dense', 'dense'])
    const [x, target, mask] = inputs
    if (!sameShape(target.shape, x.shape)) throw shapeError('maskedSquareError', 'target and x must agree', x, target)
    if (!sameShape(mask.shape, x.shape.slice(0, 4))) {
      throw shapeError('maskedSquareError', 'the mask must be [N, D, H, W] as x', x, mask)
    }
    return [scalar]
  },
  forward(node, e) {
    const [x, target, mask] = node.inputs
    const values = { x: e.buffer(x), target: e.buffer(target), mask: e.buffer(mask) }
    const sums = e.saved(node, 'sums', 2)
    const { partial, slabs } = e.emitPartial('maskedSquarePartial', { ...values, ...sizesOf(x) })
    e.emit('maskedSquareLoss', { partial, sums, loss: e.buffer(node.outputs[0]), c: sizesOf(x).c, slabs })
  },
  backward(node, e) {
    const [x, target, mask] = node.inputs
    const values = { x: e.buffer(x), target: e.buffer(target), mask: e.buffer(mask), sums: e.saved(node, 'sums', 2) }
    const weight = e.scalarGradient(node.outputs[0])
    const unweighted = weight === 1 ? null : e.scratch('gradient of the loss', floatsOf(x))
    if (!unweighted) return e.contributeFresh(x, (dx) => e.emit('maskedSquareGrad', { ...values, dx, ...sizesOf(x) }))
    e.emit('maskedSquareGrad', { ...values, dx: unweighted, ...sizesOf(x) })
    e.handOver(x, unweighted, weight)
  },
}

/** Mean of all values of a matrix, vector or dense tensor. */
export const mean = (x: Tensor): Tensor => addOne('mean', [x])

export const meanOp: Op = {
  infer(inputs) {
    checkKinds('mean', inputs, ['any'])
    if (inputs[0].kind === 'volume') throw shapeError('mean', 'takes matrices and vectors; use globalMean', inputs[0])
    return [scalar]
  },
  forward({ inputs: [x], outputs: [y] }, e) {
    const sum = e.scratch('sum', 1)
    e.emit('rowSum', { x: e.buffer(x), out: sum, rows: count(x.shape), c: 1, accumulate: 0 })
    e.emit('scale', { x: sum, y: e.buffer(y), size: 1, accumulate: 0, a: 1 / count(x.shape) })
  },
  backward({ inputs: [x], outputs: [y] }, e) {
    const value = e.scalarGradient(y) / count(x.shape)
    e.contributeFresh(x, (dx) => e.emit('fill', { y: dx, size: floatsOf(x), value }))
  },
}

/** Σ weight · scalar. */
export function weightedSum(terms: readonly (readonly [Tensor, number])[]): Tensor {
  const weights = terms.map(([, weight]) => weight)
  return addOne(
    'weightedSum',
    terms.map(([term]) => term),
    { weights },
  )
}

export const weightedSumOp: Op = {
  infer(inputs, attributes) {
    if (inputs.length === 0) throw shapeError('weightedSum', 'needs at least one scalar')
    if ((attributes.weights as number[]).length !== inputs.length)
      throw shapeError('weightedSum', 'needs a weight each')
    checkKinds('weightedSum', inputs, inputs.map(() => 'scalar' as const)) // prettier-ignore
    return [scalar]
  },
  forward({ inputs, outputs: [y], attributes }, e) {
    const weights = attributes.weights as number[]
    inputs.forEach((x, i) => {
      e.emit('scale', { x: e.buffer(x), y: e.buffer(y), size: 1, accumulate: i > 0 ? 1 : 0, a: weights[i] })
    })
  },
  backward({ inputs, outputs: [y], attributes }, e) {
    const weights = attributes.weights as number[]
    inputs.forEach((x, i) => e.addScalarGradient(x, weights[i] * e.scalarGradient(y)))
  },
}
