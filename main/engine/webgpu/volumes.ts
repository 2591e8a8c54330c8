/** Moving, pooling and averaging volumes. */
import { cell, cellOf, each, padded, placeOf, voxels, type Extent } from './places.ts'
import { reduce } from './reduce.ts'
import type { Args, Builder } from './shader.ts'
import { partialSlabs } from '../kernels/sizes.ts'

const extent = (a: Args): Extent => ({ n: a.n, d: a.d, h: a.h, w: a.w, c: a.c })
const input = (a: Args): Extent => ({ n: a.n, d: a.xd, h: a.xh, w: a.xw, c: a.c })
const place = (of: Extent) => ({ helpers: placeOf('place', of) })
const plus = (accumulate: number, tensor: string): string => (accumulate ? ` + read_${tensor}(i)` : '')

export const padVolume: Builder = (a) => [
  each(
    padded(extent(a)),
    `let at = place(i);
  var value = 0.0;
  if (at.inside) { value = read_dense(at.voxel * C + at.c); }
  write_y(i, value);`,
    place(extent(a)),
  ),
]

export const unpadVolume: Builder = (a) => [
  each(voxels(extent(a)) * a.c, `write_dense(i, read_x(source(i / C) + i % C)${plus(a.accumulate, 'dense')});`, {
    helpers: cellOf('source', extent(a)),
  }),
]

/** Loops over a window of the input at `n`, `d`, `h`, `w` of the output, in memory order. */
const window = (a: Args, body: string): string => `
  for (var j = 0u; j < ${a.sd * a.sh * a.sw}u; j++) {
    let k = source(n, d * SD + j / ${a.sh * a.sw}u, h * SH + j / SW % SH, w * SW + j % SW) + c;
    ${body}
  }`

export const maxPool: Builder = (a) => [
  each(
    padded(extent(a)),
    `let at = place(i);
  if (!at.inside) { write_y(i, 0.0); return; }
  let n = at.n; let d = at.d; let h = at.h; let w = at.w; let c = at.c;
  var most = read_x(source(n, d * SD, h * SH, w * SW) + c);
  ${window(a, 'most = max(most, read_x(k));')}
  write_y(i, most);`,
    { helpers: placeOf('place', extent(a)) + cell('source', input(a)), work: 120 },
  ),
]

/** Each input voxel looks whether it is the first maximum of its window. */
export const maxPoolGrad: Builder = (a) => [
  each(
    padded(input(a)),
    `let at = place(i);
  if (!at.inside) { write_dx(i, 0.0); return; }
  let n = at.n; let d = at.d / SD; let h = at.h / SH; let w = at.w / SW; let c = at.c;
  var value = 0.0;
  if (d < D && h < H && w < W) {
    let o = output(n, d, h, w) + c;
    let most = read_y(o);
    var first = 0xffffffffu;
    ${window(a, 'if (first == 0xffffffffu && read_x(k) == most) { first = k; }')}
    if (first == i) { value = read_dy(o); }
  }
  write_dx(i, value${plus(a.accumulate, 'dx')});`,
    { helpers: placeOf('place', input(a)) + cell('source', input(a)) + cell('output', extent(a)), work: 150 },
  ),
]

/** Only these channels of y are written, their halo too. */
export const copyChannels: Builder = (a) => [
  each(
    padded(extent(a)),
    `let at = place(i);
  let to = i / C * Y_C + YC + at.c;
  var value = 0.0;
  if (at.inside) { value = read_x(i / C * X_C + XC + at.c)${a.accumulate ? ' + read_y(to)' : ''}; }
  write_y(to, value);`,
    place(extent(a)),
  ),
]

const channelSums = (a: Args, together: boolean, finish: string) => {
  const items = voxels(extent(a)) / a.n
  return reduce({
    samples: a.n,
    channels: a.c,
    together,
    items,
    item: `state.x += read_x(source(b * ${items}u + v) + c);`,
    finish,
    helpers: cellOf('source', extent(a)),
  })
}

/** Sums go to the first slab; the others are zero. */
export const volumeChannelSumPartial: Builder = (a) => {
  const slabs = partialSlabs('volumeChannelSumPartial', [a.x, a.partial, a.n, a.d, a.h, a.w, a.c])
  return channelSums(
    a,
    true,
    `write_partial(c, total.x); for (var slab = 1u; slab < ${slabs}u; slab++) { write_partial(slab * C + c, 0.0); }`,
  )
}

export const globalMean: Builder = (a) => channelSums(a, false, `write_y(b * C + c, total.x / ${a.d * a.h * a.w}.0);`)

export const globalMeanGrad: Builder = (a) => [
  each(
    padded(extent(a)),
    `let at = place(i);
  var value = 0.0;
  if (at.inside) { value = read_dy(at.n * C + at.c) / ${a.d * a.h * a.w}.0${plus(a.accumulate, 'dx')}; }
  write_dx(i, value);`,
    place(extent(a)),
  ),
]

/** One invocation per voxel, halo included. */
export const softmaxChannels: Builder = (a) => [
  each(
    padded({ ...extent(a), c: 1 }),
    `let at = i * C;
  if (!place(i).inside) {
    for (var c = 0u; c < C; c++) { write_y(at + c, 0.0); }
    return;
  }
  var most = read_x(at);
  for (var c = 1u; c < C; c++) { most = max(most, read_x(at + c)); }
  var sum = 0.0;
  for (var c = 0u; c < C; c++) { sum += exp(read_x(at + c) - most); }
  for (var c = 0u; c < C; c++) { write_y(at + c, exp(read_x(at + c) - most) / sum); }`,
    { helpers: placeOf('place', { ...extent(a), c: 1 }), work: 60 * a.c },
  ),
]
