/** Instance and batch norm, fused with leaky ReLU. */
import { cellOf, each, padded, placeOf, voxels, type Extent } from './places.ts'
import { reduce } from './reduce.ts'
import type { Args, Builder } from './shader.ts'

const extent = (a: Args): Extent => ({ n: a.n, d: a.d, h: a.h, w: a.w, c: a.c })
const perSample = (a: Args): number => voxels(extent(a)) / a.n

/**
 * Count, mean and Σ(x-mean)² of a channel: float32 keeps few digits of Σx² - n·mean² where the mean is large. Each
 * invocation sums relative to the first value that it sees; pairs are joined after Chan, Golub & LeVeque (1979).
 */
const moments = {
  // state = count, Σ(x-shift), Σ(x-shift)², shift
  item: `let x = read_x(source(b * ITEMS + v) + c);
    if (state.x == 0.0) { state.w = x; }
    let s = x - state.w; state += vec4<f32>(1.0, s, s * s, 0.0);`,
  // state = count, mean, Σ(x-mean)²
  close: `if (state.x > 0.0) {
      let s = state.y / state.x;
      state = vec4<f32>(state.x, state.w + s, max(0.0, state.z - s * state.y), 0.0);
    }`,
  merge: `let n = a.x + b.x;
  if (a.x == 0.0) { return b; }
  if (b.x == 0.0) { return a; }
  let d = b.y - a.y;
  return vec4<f32>(n, a.y + d * (b.x / n), a.z + b.z + d * d * (a.x * (b.x / n)), 0.0);`,
}

export const normStatsPartial: Builder = (a) =>
  reduce({
    samples: a.n,
    channels: a.c,
    items: perSample(a),
    ...moments,
    finish: `let at = (b * C + c) * 4u;
  write_partial(at, total.x); write_partial(at + 1u, total.y); write_partial(at + 2u, total.z);`,
    helpers: `${cellOf('source', extent(a))} const ITEMS = ${perSample(a)}u;`,
  })

/** All is in the first slab. */
export const normStats: Builder = ({ n, c, batch }) => [
  each(
    n * c,
    `let c = i % C; let b = i / C;
  var total = vec4<f32>();
  for (var m = ${batch ? '0u' : 'b'}; m < ${batch ? 'N' : 'b + 1u'}; m++) {
    let at = (m * C + c) * 4u;
    total = merge(total, vec4<f32>(read_partial(at), read_partial(at + 1u), read_partial(at + 2u), 0.0));
  }
  write_stats(i * 2u, total.y);
  write_stats(i * 2u + 1u, 1.0 / sqrt(total.z / total.x + $epsilon));`,
    { helpers: `fn merge(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> { ${moments.merge} }` },
  ),
]

export const normApply: Builder = (a) => [
  each(
    padded(extent(a)),
    `let at = place(i);
  if (!at.inside) { write_y(i, 0.0); return; }
  let s = (at.n * C + at.c) * 2u;
  let scale = ${a.gamma < 0 ? '' : 'read_gamma(at.c) * '}read_stats(s + 1u);
  let value = scale * (read_x(i) - read_stats(s)) + read_beta(at.c);
  write_y(i, select(value * $slope, value, value > 0.0));`,
    { helpers: placeOf('place', extent(a)) },
  ),
]

export const normGradPartial: Builder = (a) =>
  reduce({
    samples: a.n,
    channels: a.c,
    items: perSample(a),
    item: `let i = source(b * ITEMS + v) + c; let s = (b * C + c) * 2u;
    let g = read_dy(i) * select($slope, 1.0, read_y(i) > 0.0);
    state += vec4<f32>(g, g * ((read_x(i) - read_stats(s)) * read_stats(s + 1u)), 0.0, 0.0);`,
    finish: 'let at = (b * C + c) * 4u; write_partial(at, total.x); write_partial(at + 1u, total.y);',
    helpers: `${cellOf('source', extent(a))} const ITEMS = ${perSample(a)}u;`,
  })

export const normGradSums: Builder = (a) => [
  each(
    a.c,
    `var all = vec2<f32>();
  for (var b = 0u; b < N; b++) {
    let at = b * C + i;
    let sums = vec2<f32>(read_partial(at * 4u), read_partial(at * 4u + 1u));
    write_sums(at * 2u, sums.x); write_sums(at * 2u + 1u, sums.y);
    all += sums;
  }
  write_dgamma(i, all.y); write_dbeta(i, all.x);`,
  ),
]

export const normGradApply: Builder = (a) => [
  each(
    padded(extent(a)),
    `let at = place(i);
  if (!at.inside) { write_dx(i, 0.0); return; }
  var sums = vec2<f32>();
  for (var m = ${a.batch ? '0u' : 'at.n'}; m < ${a.batch ? 'N' : 'at.n + 1u'}; m++) {
    sums += vec2<f32>(read_sums((m * C + at.c) * 2u), read_sums((m * C + at.c) * 2u + 1u));
  }
  let s = (at.n * C + at.c) * 2u;
  let inverse = read_stats(s + 1u);
  let g = read_dy(i) * select($slope, 1.0, read_y(i) > 0.0);
  let normalised = (read_x(i) - read_stats(s)) * inverse;
  let value = ${a.gamma < 0 ? '' : 'read_gamma(at.c) * '}inverse * (g - (sums.x + normalised * sums.y) / ${(a.batch ? a.n : 1) * perSample(a)}.0);
  write_dx(i, value${a.accumulate ? ' + read_dx(i)' : ''});`,
    { helpers: placeOf('place', extent(a)) },
  ),
]
