/** Losses: a scalar and its gradient. */
import { diceSumsSize } from '../kernels/sizes.ts'
import { cellOf, each, padded, placeOf, voxels, type Extent } from './places.ts'
import { reduce } from './reduce.ts'
import type { Args, Builder, Stage } from './shader.ts'

const extent = (a: Args): Extent => ({ n: a.n, d: a.d, h: a.h, w: a.w, c: a.c })

/** A class from the target, or 0xffffffff where it is ignored. */
const classAt = `fn class_at(i: u32) -> u32 {
  let value = read_target(i);
  return select(0xffffffffu, u32(clamp(value, 0.0, 4e9)), value >= 0.0 && value < f32(C));
}`

/** A single invocation. */
const once = (body: string, work = 10_000): Stage => ({
  code: `fn run(group: u32, lane: u32) { ${body} }`,
  groups: 1,
  lanes: 1,
  workPerGroup: work,
})

/**
 * Rows one workgroup each: the loss of a row and whether it is right go to scratch, the number of rows that count is found
 * first. Scratch: 4 floats per range for the first reduction, then the count, then two floats per row.
 */
export const softmaxCrossEntropy: Builder = ({ rows, c }) => {
  const counting = reduce({
    samples: 1,
    channels: 1,
    items: rows,
    item: 'state.x += select(1.0, 0.0, class_at(v) == 0xffffffffu);',
    finish: 'scratch[COUNT] = total.x;',
    helpers: `const COUNT = 4096u; ${classAt}`,
  })
  const perRow: Stage = {
    code: `${classAt}
var<workgroup> values: array<f32, 64>;
var<workgroup> firsts: array<u32, 64>;
fn run(group: u32, lane: u32) {
  let wanted = class_at(group);
  let row = group * C;
  // The first of the largest values, and the largest.
  var most = read_logits(row);
  var first = 0u;
  for (var o = lane; o < C; o += 64u) {
    let value = read_logits(row + o);
    if (value > most) { most = value; first = o; }
  }
  values[lane] = most; firsts[lane] = first;
  for (var s = 32u; s > 0u; s = s / 2u) {
    workgroupBarrier();
    if (lane < s) {
      let other = values[lane + s];
      if (other > values[lane] || (other == values[lane] && firsts[lane + s] < firsts[lane])) {
        values[lane] = other; firsts[lane] = firsts[lane + s];
      }
    }
  }
  workgroupBarrier();
  most = values[0]; first = firsts[0];
  workgroupBarrier();
  var sum = 0.0;
  for (var o = lane; o < C; o += 64u) { sum += exp(read_logits(row + o) - most); }
  values[lane] = sum;
  for (var s = 32u; s > 0u; s = s / 2u) {
    workgroupBarrier();
    if (lane < s) { values[lane] += values[lane + s]; }
  }
  workgroupBarrier();
  sum = values[0];
  let rows_that_count = scratch[4096];
  for (var o = lane; o < C; o += 64u) {
    let difference = exp(read_logits(row + o) - most) / sum - select(0.0, 1.0, o == wanted);
    write_dlogits(row + o, select(difference / max(1.0, rows_that_count), 0.0, wanted == 0xffffffffu));
  }
  if (lane == 0u) {
    var loss = 0.0; var right = 0.0;
    if (wanted != 0xffffffffu) {
      loss = log(sum) - (read_logits(row + wanted) - most);
      right = select(0.0, 1.0, first == wanted);
    }
    scratch[4097u + group * 2u] = loss; scratch[4098u + group * 2u] = right;
  }
}`,
    groups: rows,
    lanes: 64,
    workPerGroup: 100 * c,
    scratch: 4097 + 2 * rows,
  }
  const total: Stage = {
    code: `
var<workgroup> sums: array<vec2<f32>, 256>;
fn run(group: u32, lane: u32) {
  var sum = vec2<f32>();
  for (var r = lane; r < ROWS; r += 256u) { sum += vec2<f32>(scratch[4097u + r * 2u], scratch[4098u + r * 2u]); }
  sums[lane] = sum;
  for (var s = 128u; s > 0u; s = s / 2u) {
    workgroupBarrier();
    if (lane < s) { sums[lane] += sums[lane + s]; }
  }
  if (lane == 0u) {
    let rows_that_count = max(1.0, scratch[4096]);
    write_loss(0u, sums[0].x / rows_that_count); write_correct(0u, sums[0].y / rows_that_count);
  }
}`,
    groups: 1,
    workPerGroup: 10 * rows,
  }
  return [...counting, perRow, total]
}

/** Softmax of a voxel at float `at`: `most`, `sum` of exponentials. */
const softmax = `var most = read_logits(at);
    for (var o = 1u; o < C; o++) { most = max(most, read_logits(at + o)); }
    var sum = 0.0;
    for (var o = 0u; o < C; o++) { sum += exp(read_logits(at + o) - most); }`

/** Only the first slab is used; a sum takes two floats of which the second is left alone. */
export const diceCePartial: Builder = (a) => {
  const of = extent(a)
  const items = voxels(of) / a.n
  const entropy = reduce({
    samples: 1,
    channels: 1,
    items: voxels(of),
    item: `let wanted = class_at(v); let at = source(v);
    ${softmax}
    for (var o = 0u; o < C; o++) { write_prob(at + o, exp(read_logits(at + o) - most) / sum); }
    if (wanted != 0xffffffffu) {
      state += vec4<f32>(log(sum) - (read_logits(at + wanted) - most), 1.0, 0.0, 0.0);
    }`,
    finish: 'write_partial(0u, total.x); write_partial(2u, total.y);',
    helpers: classAt + cellOf('source', of),
    work: 60 * a.c,
  })
  const perClass = reduce({
    samples: a.n,
    channels: a.c,
    together: !a.perSample,
    items,
    item: `let voxel = b * ${items}u + v; let wanted = class_at(voxel);
    if (wanted != 0xffffffffu) {
      let p = read_prob(source(voxel) + c); let t = select(0.0, 1.0, wanted == c);
      state += vec4<f32>(p * t, p, t, 0.0);
    }`,
    finish: `let at = 2u * (2u + ${a.perSample ? '(b * C + c)' : 'c'} * 3u);
  write_partial(at, total.x); write_partial(at + 2u, total.y); write_partial(at + 4u, total.z);`,
    helpers: classAt + cellOf('source', of),
  })
  const halo = each(padded(of), 'if (!place(i).inside) { write_prob(i, 0.0); }', {
    helpers: placeOf('place', of),
    work: 20,
  })
  return [...entropy, ...perClass, halo]
}

export const diceCeLoss: Builder = ({ n, c, perSample }) => {
  const groups = perSample ? n : 1
  return [
    once(`
  for (var i = 0u; i < ${diceSumsSize(n, c, perSample)}u; i++) { write_sums(i, read_partial(2u * i)); }
  var dice = 0.0;
  for (var g = 0u; g < ${groups}u; g++) {
    for (var o = 1u; o < C; o++) {
      let at = 2u * (2u + (g * C + o) * 3u);
      let whole = read_partial(at + 2u) + read_partial(at + 4u) + $smooth;
      if (whole > 0.0) { dice += (2.0 * read_partial(at) + $smooth) / whole; } else { dice += 1.0; }
    }
  }
  var ce = 0.0;
  if (read_partial(2u) > 0.0) { ce = read_partial(0u) / read_partial(2u); }
  let mean = ${groups * (c - 1) > 0 ? `dice / ${groups * (c - 1)}.0` : '1.0'};
  write_loss(0u, $wce * ce + $wdice * (1.0 - mean));`),
  ]
}

export const diceCeGrad: Builder = (a) => {
  const one: Extent = { ...extent(a), c: 1 }
  const terms = Math.max(1, (a.c - 1) * (a.perSample ? a.n : 1))
  return [
    each(
      padded(one),
      `let v = place(i);
  let base = i * C;
  var wanted = 0xffffffffu;
  if (v.inside) { wanted = class_at(v.voxel); }
  if (wanted == 0xffffffffu) {
    for (var o = 0u; o < C; o++) { write_dlogits(base + o, 0.0); }
    return;
  }
  let sums = 2u + ${a.perSample ? 'v.n * C * 3u' : '0u'};
  var mean = 0.0;
  for (var o = 1u; o < C; o++) { mean += slope_of(sums + o * 3u, o == wanted) * read_prob(base + o); }
  let count = read_sums(1u);
  for (var o = 0u; o < C; o++) {
    let p = read_prob(base + o);
    var gradient = 0.0;
    if (o > 0u) { gradient = slope_of(sums + o * 3u, o == wanted); }
    write_dlogits(base + o, ($wce / count) * (p - select(0.0, 1.0, o == wanted)) + p * (gradient - mean));
  }`,
      {
        helpers: `${classAt}${placeOf('place', one)}
// d(-dice)/dp of a class at a voxel
fn slope_of(at: u32, is_wanted: bool) -> f32 {
  let whole = read_sums(at + 1u) + read_sums(at + 2u) + $smooth;
  if (!(whole > 0.0)) { return 0.0; }
  let t = select(0.0, 1.0, is_wanted);
  return -$wdice / ${terms}.0 * ((2.0 * t - (2.0 * read_sums(at) + $smooth) / whole) / whole);
}`,
        work: 120 * a.c,
      },
    ),
  ]
}

export const maskedSquarePartial: Builder = (a) =>
  reduce({
    samples: 1,
    channels: 1,
    items: voxels(extent(a)) * a.c,
    item: `let voxel = v / C; let m = read_mask(voxel);
    let difference = read_x(source(voxel) + v % C) - read_target(v);
    state += vec4<f32>(m * difference * difference, select(0.0, m, v % C == 0u), 0.0, 0.0);`,
    finish: 'write_partial(0u, total.x); write_partial(2u, total.y);',
    helpers: cellOf('source', extent(a)),
  })

export const maskedSquareLoss: Builder = () => [
  once(`let squares = read_partial(0u); let masked = read_partial(2u);
  write_sums(0u, squares); write_sums(1u, masked);
  write_loss(0u, squares / max(1.0, f32(C) * masked));`),
]

export const maskedSquareGrad: Builder = (a) => [
  each(
    padded(extent(a)),
    `let at = place(i);
  var value = 0.0;
  if (at.inside) {
    let scale = 2.0 / max(1.0, f32(C) * read_sums(1u));
    value = scale * read_mask(at.voxel) * (read_x(i) - read_target(at.voxel * C + at.c));
  }
  write_dx(i, value);`,
    { helpers: placeOf('place', extent(a)) },
  ),
]
