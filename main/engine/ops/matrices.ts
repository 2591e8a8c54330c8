/** Matrix products, and operations on the rows of matrices. */
import type { Tensor } from '../tensor.ts'
import { addOne, checkKinds, checkVector, shapeError, type Op } from './op.ts'

interface Transposes {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/**
 * a·b (+ bias): matrices [M, K] and [K, N] → [M, N]; with transposeA a is stored [K, M], with transposeB b is stored [N, K].
 * bias: vector [N], added to each row.
 */
export function matmul(
  a: Tensor,
  b: Tensor,
  { bias, transposeA = false, transposeB = false }: { bias?: Tensor } & Partial<Transposes> = {},
): Tensor {
  return addOne('matmul', bias ? [a, b, bias] : [a, b], { transposeA, transposeB } satisfies Transposes)
}

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0)

export const matmulOp: Op = {
  infer(inputs, attributes) {
    const [a, b, bias] = inputs
    checkKinds('matmul', inputs, bias ? ['matrix', 'matrix', 'vector'] : ['matrix', 'matrix'])
    const { transposeA, transposeB } = attributes as unknown as Transposes
    const [m, k] = transposeA ? [a.shape[1], a.shape[0]] : a.shape
    const [k2, n] = transposeB ? [b.shape[1], b.shape[0]] : b.shape
    if (k !== k2) throw shapeError('matmul', `the inner sizes differ (${k} and ${k2})`, a, b)
    checkVector('matmul', 'bias', bias, n)
    return [{ kind: 'matrix', shape: [m, n] }]
  },

  forward({ inputs: [a, b, bias], outputs: [c], attributes }, e) {
    const { transposeA, transposeB } = attributes as unknown as Transposes
    const [m, n] = c.shape
    e.emit('matmul', {
      a: e.buffer(a),
      b: e.buffer(b),
      bias: bias ? e.buffer(bias) : null,
      c: e.buffer(c),
      m,
      n,
      k: a.shape[transposeA ? 0 : 1],
      transposeA: flag(transposeA),
      transposeB: flag(transposeB),
      accumulate: 0,
    })
  },

  /** With A = op(a), B = op(b): dA = dC·Bᵀ and dB = Aᵀ·dC, each transposed where the stored matrix is. */
  backward({ inputs: [a, b, bias], outputs: [c], attributes }, e) {
    const { transposeA, transposeB } = attributes as unknown as Transposes
    const [m, n] = c.shape
    const k = a.shape[transposeA ? 0 : 1]
    const dc = e.gradient(c)
    const product = (
      left: readonly [ReturnType<typeof e.buffer>, boolean],
      right: readonly [ReturnType<typeof e.buffer>, boolean],
      rows: number,
      columns: number,
      inner: number,
    ) => ({
      a: left[0],
      b: right[0],
      bias: null,
      m: rows,
      n: columns,
      k: inner,
      transposeA: flag(left[1]),
      transposeB: flag(right[1]),
    })
    e.contribute(a, (da, accumulate) => {
      const named = transposeA
        ? product([e.buffer(b), transposeB], [dc, true], k, m, n)
        : product([dc, false], [e.buffer(b), !transposeB], m, k, n)
      e.emit('matmul', { ...named, c: da, accumulate })
    })
    e.contribute(b, (db, accumulate) => {
      const named = transposeB
        ? product([dc, true], [e.buffer(a), transposeA], n, k, m)
        : product([e.buffer(a), !transposeA], [dc, false], k, n, m)
      e.emit('matmul', { ...named, c: db, accumulate })
    })
    if (bias) {
      e.contribute(bias, (out, accumulate) => e.emit('rowSum', { x: dc, out, rows: m, c: n, accumulate }))
    }
  },

  flops: ({ inputs: [a], outputs: [c], attributes }) =>
    2 * c.shape[0] * c.shape[1] * a.shape[(attributes as unknown as Transposes).transposeA ? 0 : 1],
}

/** y[i, :] = x[index[i], :]. x: matrix [X, C]; index: vector [R] of whole numbers 0..X-1 → matrix [R, C]. */
export function gatherRows(x: Tensor, index: Tensor): Tensor {
  return addOne('gatherRows', [x, index])
}

export const gatherRowsOp: Op = {
  infer(inputs) {
    checkKinds('gatherRows', inputs, ['matrix', 'vector'])
    const [x, index] = inputs
    return [{ kind: 'matrix', shape: [index.shape[0], x.shape[1]] }]
  },
  forward({ inputs: [x, index], outputs: [y] }, e) {
    const [rows, c] = y.shape
    e.emit('gatherRows', { x: e.buffer(x), index: e.buffer(index), y: e.buffer(y), rows, c, xRows: x.shape[0] })
  },
  backward({ inputs: [x, index], outputs: [y] }, e) {
    const [rows, c] = y.shape
    const named = { dy: e.gradient(y), index: e.buffer(index), rows, c, xRows: x.shape[0] }
    e.contributeAdding(x, (dx) => e.emit('gatherRowsGrad', { ...named, dx }))
  },
}

/** Each row of a matrix [R, C] divided by its length (at least epsilon). */
export function normaliseRows(x: Tensor, epsilon = 1e-6): Tensor {
  return addOne('normaliseRows', [x], { epsilon })
}

export const normaliseRowsOp: Op = {
  infer(inputs) {
    checkKinds('normaliseRows', inputs, ['matrix'])
    return [{ kind: 'matrix', shape: inputs[0].shape }]
  },
  forward(node, e) {
    const { inputs: [x], outputs: [y], attributes } = node // prettier-ignore
    const [rows, c] = x.shape
    const norms = e.saved(node, 'lengths', rows)
    e.emit('normaliseRows', { x: e.buffer(x), y: e.buffer(y), norms, rows, c, epsilon: attributes.epsilon as number })
  },
  backward(node, e) {
    const { inputs: [x], outputs: [y], attributes } = node // prettier-ignore
    const [rows, c] = x.shape
    const named = { y: e.buffer(y), norms: e.saved(node, 'lengths', rows), dy: e.gradient(y), rows, c }
    const epsilon = attributes.epsilon as number
    e.contribute(x, (dx, accumulate) => e.emit('normaliseRowsGrad', { ...named, dx, accumulate, epsilon }))
  },
}
