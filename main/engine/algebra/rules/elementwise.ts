import type { Rule } from '../machine.ts'

export const fill: Rule<'fill'> = (m, i) => m.putDense(i.y, m.algebra.full([i.size], i.value))

export const scale: Rule<'scale'> = (m, i) =>
  m.each([i.x], i.y, i.size, i.accumulate, (x) => (i.a === 1 ? x : m.algebra.multiply(x, m.number(i.a))))

export const add: Rule<'add'> = (m, i) => m.each([i.a, i.b], i.y, i.size, 0, (a, b) => m.algebra.add(a, b))

export const multiply: Rule<'multiply'> = (m, i) =>
  m.each([i.a, i.b], i.y, i.size, i.accumulate, (a, b) => m.algebra.multiply(a, b))

export const leakyRelu: Rule<'leakyRelu'> = (m, i) => m.each([i.x], i.y, i.size, 0, (x) => m.leaky(x, i.slope))

export const leakyReluGrad: Rule<'leakyReluGrad'> = (m, i) =>
  m.each([i.y, i.dy], i.dx, i.size, i.accumulate, (y, dy) => m.leaky(dy, i.slope, y))

const sigmoid = 0

/** Of a volume, tanh alone: the halo must stay zero. */
export const squash: Rule<'squash'> = (m, i) =>
  m.each([i.x], i.y, i.size, 0, (x) => (i.kind === sigmoid ? m.algebra.sigmoid(x) : m.algebra.tanh(x)))

export const squashGrad: Rule<'squashGrad'> = (m, i) =>
  m.each([i.y, i.dy], i.dx, i.size, i.accumulate, (y, dy) => {
    const { algebra } = m
    const square = m.square(y)
    return algebra.multiply(
      dy,
      i.kind === sigmoid ? algebra.subtract(y, square) : algebra.subtract(m.number(1), square),
    )
  })
