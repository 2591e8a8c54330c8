/** One invocation per float. */
import { eachOfSize } from './places.ts'
import type { Builder } from './shader.ts'

const plus = (accumulate: number, tensor: string): string => (accumulate ? ` + read_${tensor}(i)` : '')

export const fill: Builder = ({ size }) => [eachOfSize(size, 'write_y(i, $value);')]
export const scale: Builder = ({ size, accumulate }) => [
  eachOfSize(size, `write_y(i, $a * read_x(i)${plus(accumulate, 'y')});`),
]
export const add: Builder = ({ size }) => [eachOfSize(size, 'write_y(i, read_a(i) + read_b(i));')]
export const multiply: Builder = ({ size, accumulate }) => [
  eachOfSize(size, `write_y(i, read_a(i) * read_b(i)${plus(accumulate, 'y')});`),
]
export const leakyRelu: Builder = ({ size }) => [
  eachOfSize(size, 'let x = read_x(i); write_y(i, select($slope * x, x, x > 0.0));'),
]
export const leakyReluGrad: Builder = ({ size, accumulate }) => [
  eachOfSize(size, `write_dx(i, read_dy(i) * select($slope, 1.0, read_y(i) > 0.0)${plus(accumulate, 'dx')});`),
]

/** Arguments are clamped where the result no longer changes: exp and tanh may overflow beyond. */
export const squash: Builder = ({ size, kind }) => [
  eachOfSize(
    size,
    kind
      ? 'write_y(i, tanh(clamp(read_x(i), -15.0, 15.0)));'
      : 'write_y(i, 1.0 / (1.0 + exp(-clamp(read_x(i), -80.0, 80.0))));',
  ),
]
export const squashGrad: Builder = ({ size, kind, accumulate }) => [
  eachOfSize(
    size,
    `let y = read_y(i); write_dx(i, read_dy(i) * ${kind ? '(1.0 - y * y)' : '(y * (1.0 - y))'}${plus(accumulate, 'dx')});`,
  ),
]
