import type { Kernel } from './kernel.ts'

export const matmul: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [a, b, bias, c, m, n, k, transposeA, transposeB, accumulate] = Array.from(ints)
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = bias < 0 ? 0 : floats[bias + j]
      for (let l = 0; l < k; l++)
        sum += floats[a + (transposeA ? l * m + i : i * k + l)] * floats[b + (transposeB ? j * k + l : l * n + j)]
      const to = c + i * n + j
      floats[to] = sum + (accumulate ? floats[to] : 0)
    }
}

export const rowSum: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, out, rows, c, accumulate] = Array.from(ints)
  for (let o = 0; o < c; o++) {
    let sum = accumulate ? floats[out + o] : 0
    for (let r = 0; r < rows; r++) sum += floats[x + r * c + o]
    floats[out + o] = sum
  }
}

/** A row number from the index vector, or -1 where it is not the number of a row. */
const rowAt = (value: number, rows: number): number => (value >= 0 && value < rows ? Math.trunc(value) : -1)

/** Rows whose index is not the number of a row become zero. */
export const gatherRows: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, index, y, rows, c, xRows] = Array.from(ints)
  for (let r = 0; r < rows; r++) {
    const from = rowAt(floats[index + r], xRows)
    for (let o = 0; o < c; o++) floats[y + r * c + o] = from < 0 ? 0 : floats[x + from * c + o]
  }
}

export const gatherRowsGrad: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [dy, index, dx, rows, c, xRows] = Array.from(ints)
  for (let r = 0; r < rows; r++) {
    const to = rowAt(floats[index + r], xRows)
    if (to >= 0) for (let o = 0; o < c; o++) floats[dx + to * c + o] += floats[dy + r * c + o]
  }
}

export const copyColumns: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, y, rows, xC, yC, xc, yc, c, accumulate] = Array.from(ints)
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < c; o++) {
      const to = y + r * yC + yc + o
      floats[to] = floats[x + r * xC + xc + o] + (accumulate ? floats[to] : 0)
    }
}

/** y = x / max(norm, epsilon). */
export const normaliseRows: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [x, y, norms, rows, c] = Array.from(ints)
  for (let r = 0; r < rows; r++) {
    let sum = 0
    for (let o = 0; o < c; o++) sum += floats[x + r * c + o] ** 2
    const norm = Math.sqrt(sum)
    floats[norms + r] = norm
    for (let o = 0; o < c; o++) floats[y + r * c + o] = floats[x + r * c + o] / Math.max(norm, reals[0])
  }
}

export const normaliseRowsGrad: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [y, norms, dy, dx, rows, c, accumulate] = Array.from(ints)
  for (let r = 0; r < rows; r++) {
    const norm = floats[norms + r]
    let along = 0
    // At or below epsilon the divisor is constant: nothing to take off.
    if (norm > reals[0]) for (let o = 0; o < c; o++) along += floats[y + r * c + o] * floats[dy + r * c + o]
    for (let o = 0; o < c; o++) {
      const i = r * c + o
      const value = (floats[dy + i] - floats[y + i] * along) / Math.max(norm, reals[0])
      floats[dx + i] = value + (accumulate ? floats[dx + i] : 0)
    }
  }
}
