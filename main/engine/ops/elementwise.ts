/** Operations on each value by itself. On volumes they run over the halo too, where zero stays zero. */
import { floatsOf, sameShape, type Tensor, type TensorSpec } from '../tensor.ts'
import { addOne, checkKinds, shapeError, sizesOf, type Op } from './op.ts'

function checkSame(op: string, inputs: readonly TensorSpec[]): TensorSpec[] {
  checkKinds(op, inputs, ['any', 'any'])
  const [a, b] = inputs
  if (a.kind !== b.kind || !sameShape(a.shape, b.shape))
    throw shapeError(op, 'both inputs must have the same shape', a, b)
  return [{ kind: a.kind, shape: a.shape }]
}

const sameAsInput = (op: string) => (inputs: readonly TensorSpec[]) => {
  checkKinds(op, inputs, ['any'])
  return [{ kind: inputs[0].kind, shape: inputs[0].shape }]
}

/** a + b, same shapes. */
export const add = (a: Tensor, b: Tensor): Tensor => addOne('add', [a, b])

export const addOp: Op = {
  infer: (inputs) => {
    if (inputs[0]?.kind === 'scalar') throw shapeError('add', 'adds tensors; use weightedSum for losses', ...inputs)
    return checkSame('add', inputs)
  },
  forward({ inputs: [a, b], outputs: [y] }, e) {
    e.emit('add', { a: e.buffer(a), b: e.buffer(b), y: e.buffer(y), size: floatsOf(y) })
  },
  backward({ inputs: [a, b], outputs: [y] }, e) {
    // b gets a copy, after which dy is free: a may take it over.
    const dy = e.gradient(y)
    e.contribute(b, (db, accumulate) => e.emit('scale', { x: dy, y: db, size: floatsOf(y), accumulate, a: 1 }))
    e.handOver(a, dy)
  },
}

/** a · b, value by value, same shapes. */
export const multiply = (a: Tensor, b: Tensor): Tensor => addOne('multiply', [a, b])

export const multiplyOp: Op = {
  infer: (inputs) => checkSame('multiply', inputs),
  forward({ inputs: [a, b], outputs: [y] }, e) {
    e.emit('multiply', { a: e.buffer(a), b: e.buffer(b), y: e.buffer(y), size: floatsOf(y), accumulate: 0 })
  },
  backward({ inputs: [a, b], outputs: [y] }, e) {
    const dy = e.gradient(y)
    const product = (other: Tensor) => (gradient: ReturnType<typeof e.buffer>, accumulate: 0 | 1) =>
      e.emit('multiply', { a: dy, b: e.buffer(other), y: gradient, size: floatsOf(y), accumulate })
    e.contribute(a, product(b))
    e.contribute(b, product(a))
  },
}

/** factor · a. */
export const scale = (a: Tensor, factor: number): Tensor => addOne('scale', [a], { factor })

export const scaleOp: Op = {
  infer: sameAsInput('scale'),
  forward({ inputs: [x], outputs: [y], attributes }, e) {
    e.emit('scale', {
      x: e.buffer(x),
      y: e.buffer(y),
      size: floatsOf(y),
      accumulate: 0,
      a: attributes.factor as number,
    })
  },
  backward({ inputs: [x], outputs: [y], attributes }, e) {
    const factor = attributes.factor as number
    if (y.kind === 'scalar') return e.addScalarGradient(x, factor * e.scalarGradient(y))
    e.handOver(x, e.gradient(y), factor)
  },
}

/** x where positive, slope·x elsewhere (Maas et al. 2013); slope 0 is ReLU. */
export const leakyRelu = (x: Tensor, slope: number): Tensor => addOne('leakyRelu', [x], { slope })

export const leakyReluOp: Op = {
  infer: sameAsInput('leakyRelu'),
  forward({ inputs: [x], outputs: [y], attributes }, e) {
    e.emit('leakyRelu', { x: e.buffer(x), y: e.over(y, x), size: floatsOf(y), slope: attributes.slope as number })
  },
  backward({ inputs: [x], outputs: [y], attributes }, e) {
    const values = { y: e.buffer(y), dy: e.gradient(y), size: floatsOf(y), slope: attributes.slope as number }
    e.contributeOver(x, values.dy, (dx, accumulate) => e.emit('leakyReluGrad', { ...values, dx, accumulate }))
  },
}

/** 1 / (1 + exp(-x)). Not for volumes, whose halo must stay zero. */
export const sigmoid = (x: Tensor): Tensor => addOne('sigmoid', [x])

export const tanh = (x: Tensor): Tensor => addOne('tanh', [x])

const squash = (op: 'sigmoid' | 'tanh', kind: 0 | 1): Op => ({
  infer(inputs) {
    if (op === 'sigmoid' && inputs[0]?.kind === 'volume') throw shapeError(op, 'takes matrices and vectors', inputs[0])
    return sameAsInput(op)(inputs)
  },
  forward({ inputs: [x], outputs: [y] }, e) {
    e.emit('squash', { x: e.buffer(x), y: e.over(y, x), size: floatsOf(y), kind })
  },
  backward({ inputs: [x], outputs: [y] }, e) {
    const values = { y: e.buffer(y), dy: e.gradient(y), size: floatsOf(y), kind }
    e.contributeOver(x, values.dy, (dx, accumulate) => e.emit('squashGrad', { ...values, dx, accumulate }))
  },
})
export const sigmoidOp = squash('sigmoid', 0)
export const tanhOp = squash('tanh', 1)

/** Softmax over the channels of a volume, for predictions. Has no gradient: train with diceCrossEntropy on the logits. */
export const softmax = (x: Tensor): Tensor => addOne('softmax', [x])

export const softmaxOp: Op = {
  infer(inputs) {
    checkKinds('softmax', inputs, ['volume'])
    return sameAsInput('softmax')(inputs)
  },
  forward({ inputs: [x], outputs: [y] }, e) {
    e.emit('softmaxChannels', { x: e.buffer(x), y: e.buffer(y), ...sizesOf(x) })
  },
}
