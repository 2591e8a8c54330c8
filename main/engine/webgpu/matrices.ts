/** Matrices: products, rows, columns. */
import { gemm } from './gemm.ts'
import { each } from './places.ts'
import { reduce } from './reduce.ts'
import type { Builder } from './shader.ts'

const plus = (accumulate: number, tensor: string, at = 'i'): string => (accumulate ? ` + read_${tensor}(${at})` : '')

export const matmul: Builder = ({ m, n, k, transposeA, transposeB, bias, accumulate }) =>
  gemm({
    rows: m,
    columns: n,
    depth: k,
    a: transposeA
      ? { tensor: 'a', row: 'return row;', depth: 'return k * M;', fast: 'row' }
      : { tensor: 'a', row: 'return row * K;', depth: 'return k;', fast: 'depth' },
    b: transposeB
      ? { tensor: 'b', depth: 'return k;', column: 'return column * K;' }
      : { tensor: 'b', depth: 'return k * N;', column: 'return column;' },
    target: 'return row * N;',
    finish: `let at = place + column;
  write_c(at, value${bias < 0 ? '' : ' + read_bias(column)'}${plus(accumulate, 'c', 'at')});`,
  })

export const rowSum: Builder = ({ rows, c, accumulate }) =>
  reduce({
    samples: 1,
    channels: c,
    items: rows,
    item: 'state.x += read_x(v * C + c);',
    finish: `write_out(c, total.x${plus(accumulate, 'out', 'c')});`,
  })

/** A row number, or 0xffffffff where it is not the number of a row. */
const rowAt = `fn row_at(r: u32) -> u32 {
  let value = read_index(r);
  return select(0xffffffffu, u32(clamp(value, 0.0, 4e9)), value >= 0.0 && value < f32(XROWS));
}`

export const gatherRows: Builder = ({ rows, c }) => [
  each(
    rows * c,
    `let row = row_at(i / C);
  var value = 0.0;
  if (row != 0xffffffffu) { value = read_x(row * C + i % C); }
  write_y(i, value);`,
    { helpers: rowAt },
  ),
]

/** Each float of dx looks for the rows that were taken from it: WGSL cannot add floats atomically, and the order is fixed. */
export const gatherRowsGrad: Builder = ({ xRows, c, rows }) => [
  each(
    xRows * c,
    `var sum = 0.0;
  for (var r = 0u; r < ROWS; r++) { if (row_at(r) == i / C) { sum += read_dy(r * C + i % C); } }
  write_dx(i, read_dx(i) + sum);`,
    { helpers: rowAt, work: 12 * rows },
  ),
]

export const copyColumns: Builder = ({ rows, c, accumulate }) => [
  each(
    rows * c,
    `let to = i / C * Y_C + YC + i % C;
  write_y(to, read_x(i / C * X_C + XC + i % C)${plus(accumulate, 'y', 'to')});`,
  ),
]

/** Sums over a row by one workgroup of 64, in a tree. */
const rowSums = (code: string) => `
var<workgroup> sums: array<f32, 64>;
fn sum_of(lane: u32, value: f32) -> f32 {
  sums[lane] = value;
  for (var s = 32u; s > 0u; s = s / 2u) {
    workgroupBarrier();
    if (lane < s) { sums[lane] += sums[lane + s]; }
  }
  workgroupBarrier();
  return sums[0];
}
fn run(group: u32, lane: u32) {
  var sum = 0.0;
  ${code}
}`

export const normaliseRows: Builder = ({ rows, c }) => [
  {
    code: rowSums(`for (var o = lane; o < C; o += 64u) { let x = read_x(group * C + o); sum += x * x; }
  let norm = sqrt(sum_of(lane, sum));
  if (lane == 0u) { write_norms(group, norm); }
  for (var o = lane; o < C; o += 64u) { write_y(group * C + o, read_x(group * C + o) / max(norm, $epsilon)); }`),
    groups: rows,
    lanes: 64,
    workPerGroup: 40 * c,
  },
]

export const normaliseRowsGrad: Builder = ({ rows, c, accumulate }) => [
  {
    code: rowSums(`let norm = read_norms(group);
  for (var o = lane; o < C; o += 64u) { sum += read_y(group * C + o) * read_dy(group * C + o); }
  // At or below epsilon the divisor is constant: nothing to take off.
  let along = select(0.0, sum_of(lane, sum), norm > $epsilon);
  for (var o = lane; o < C; o += 64u) {
    let i = group * C + o;
    write_dx(i, (read_dy(i) - read_y(i) * along) / max(norm, $epsilon)${plus(accumulate, 'dx')});
  }`),
    groups: rows,
    lanes: 64,
    workPerGroup: 60 * c,
  },
]
