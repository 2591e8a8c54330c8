/** The norm of the gradient, and the steps of optimisers. */
import { eachOfSize } from './places.ts'
import { reduce } from './reduce.ts'
import type { Builder } from './shader.ts'

/** Compilers may take it that there are no infinities and NaNs, so the bits are looked at. */
const isFinite = 'fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }'

export const squareSumPartial: Builder = ({ size }) =>
  reduce({
    samples: 1,
    channels: 1,
    items: size,
    item: `let g = read_g(v);
    if (is_finite(g)) { state.x += g * g; } else { state.y += 1.0; }`,
    finish: 'write_partial(0u, total.x); write_partial(2u, total.y);',
    helpers: isFinite,
  })

export const squareSum: Builder = () => [
  {
    code: `fn run(group: u32, lane: u32) {
  if (read_partial(2u) > 0.0) { write_norm(0u, bitcast<f32>(P.nan)); } else { write_norm(0u, sqrt(read_partial(0u))); }
}`,
    groups: 1,
    lanes: 1,
    workPerGroup: 100,
  },
]

/** Statements that end the invocation if nothing is to change; else `factor` for the gradient and `rate`. */
const begin = (norm: number, groupScale: number): string => `
  let group_scale = ${groupScale < 0 ? '1.0' : 'read_groupScale(0u)'};
  var factor = 1.0;
  ${
    norm < 0
      ? ''
      : `let norm = read_norm(0u);
  if (!is_finite(norm)) { return; }
  if ($clip > 0.0 && norm > $clip) { factor = $clip / norm; }`
  }
  if (group_scale == 0.0) { return; }
  let rate = read_schedule(0u) * group_scale;`

export const adamW: Builder = ({ size, norm, groupScale }) => [
  eachOfSize(
    size,
    `${begin(norm, groupScale)}
  let gradient = read_g(i) * factor;
  let first = $beta1 * read_m(i) + $not_beta1 * gradient;
  let second = $beta2 * read_v(i) + $not_beta2 * gradient * gradient;
  let step = first / read_schedule(1u) / (sqrt(second / read_schedule(2u)) + $epsilon);
  write_m(i, first);
  write_v(i, second);
  write_p(i, read_p(i) - rate * (step + $decay * read_p(i)));`,
    isFinite,
  ),
]

export const sgdNesterov: Builder = ({ size, norm, groupScale }) => [
  eachOfSize(
    size,
    `${begin(norm, groupScale)}
  let gradient = read_g(i) * factor + $decay * read_p(i);
  let velocity = $momentum * read_m(i) + gradient;
  write_m(i, velocity);
  write_p(i, read_p(i) - rate * (gradient + $momentum * velocity));`,
    isFinite,
  ),
]
