/** Joining and cutting along the last axis: channels of volumes, columns of matrices. */
import type { Forward } from '../rules.ts'
import type { Buffer } from '../steps.ts'
import { describe, type Tensor, type TensorSpec } from '../tensor.ts'
import { addOne, checkKinds, rowsOf, shapeError, sizesOf, type Op } from './op.ts'

const last = ({ shape }: TensorSpec): number => shape[shape.length - 1]

/** A run of channels or columns copied from one tensor into another. */
interface Run {
  readonly x: Buffer
  readonly y: Buffer
  readonly xC: number
  readonly yC: number
  readonly xc: number
  readonly yc: number
  readonly c: number
  readonly accumulate: 0 | 1
}

/** Copy a run between two tensors that agree with `like` in all but the last axis. */
function copyRun(like: TensorSpec, run: Run, e: Forward): void {
  if (like.kind === 'volume') {
    const { n, d, h, w } = sizesOf(like)
    e.emit('copyChannels', { ...run, n, d, h, w })
  } else {
    e.emit('copyColumns', { ...run, rows: rowsOf(like).rows })
  }
}

/** Join volumes [N, D, H, W, Ci] by channels, or matrices [R, Ci] by columns, in the order given. */
export function concat(parts: readonly Tensor[]): Tensor {
  return addOne('concat', parts)
}

export const concatOp: Op = {
  infer(inputs) {
    if (inputs.length === 0) throw shapeError('concat', 'needs at least one input')
    const [first] = inputs
    const { kind, shape } = first
    if (kind !== 'volume' && kind !== 'matrix') throw shapeError('concat', 'joins volumes or matrices', first)
    for (const part of inputs) {
      const fits = part.kind === kind && part.shape.slice(0, -1).every((n, i) => n === shape[i])
      if (!fits) throw shapeError('concat', 'parts may differ only in the last size', first, part)
    }
    return [{ kind, shape: [...shape.slice(0, -1), inputs.reduce((sum, part) => sum + last(part), 0)] }]
  },
  forward({ inputs, outputs: [y] }, e) {
    let yc = 0
    for (const x of inputs) {
      const run = {
        x: e.buffer(x),
        y: e.buffer(y),
        xC: last(x),
        yC: last(y),
        xc: 0,
        yc,
        c: last(x),
        accumulate: 0,
      } as const
      copyRun(x, run, e)
      yc += last(x)
    }
  },
  backward({ inputs, outputs: [y] }, e) {
    const dy = e.gradient(y)
    let xc = 0
    for (const x of inputs) {
      const part = { x: dy, xC: last(y), yC: last(x), xc, yc: 0, c: last(x) }
      e.contribute(x, (dx, accumulate) => copyRun(x, { ...part, y: dx, accumulate }, e))
      xc += last(x)
    }
  },
}

/** Channels (volume) or columns (matrix) from .. from+count-1. */
export function slice(x: Tensor, from: number, count: number): Tensor {
  return addOne('slice', [x], { from, count })
}

export const sliceOp: Op = {
  infer(inputs, attributes) {
    checkKinds('slice', inputs, ['any'])
    const [x] = inputs
    const { from, count } = attributes as { from: number; count: number }
    if (x.kind !== 'volume' && x.kind !== 'matrix') throw shapeError('slice', 'cuts volumes or matrices', x)
    if (!(Number.isInteger(from) && Number.isInteger(count) && from >= 0 && count >= 1 && from + count <= last(x))) {
      throw shapeError('slice', `there are no ${count} channels from ${from} on in ${describe(x)}`)
    }
    return [{ kind: x.kind, shape: [...x.shape.slice(0, -1), count] }]
  },
  forward({ inputs: [x], outputs: [y], attributes }, e) {
    const { from, count: c } = attributes as { from: number; count: number }
    copyRun(x, { x: e.buffer(x), y: e.buffer(y), xC: last(x), yC: c, xc: from, yc: 0, c, accumulate: 0 }, e)
  },
  backward({ inputs: [x], outputs: [y], attributes }, e) {
    const { from, count: c } = attributes as { from: number; count: number }
    const dy = e.gradient(y)
    // Only a part of dx is written, so the rest must hold zeros or what others contributed.
    e.contributeAdding(x, (dx) =>
      copyRun(x, { x: dy, y: dx, xC: c, yC: last(x), xc: 0, yc: from, c, accumulate: 1 }, e),
    )
  },
}
