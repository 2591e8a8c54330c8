// Matrix products and rows. Row-major, no halo.
#include "call.h"
#include "outer.h"
#include "pack.h"
#include "volume.h"

INLINE double dot(const float *a, const float *b, i64 count) {
  Sum16 sum = {{0}, {0}};
  for (i64 i = 0; i < count; i += 16) sum_add_product(&sum, load_first(a + i, count - i), load_first(b + i, count - i));
  return sum_all(&sum);
}

// a stored [k, m]: an outer product over k, cut along m; else rows of a times packed columns of b, cut along m.
INLINE i64 matmul_parts(i64 m, i64 n, i64 k, i64 transposeA) {
  const i64 groups = ceil_div(n, GROUP), most = transposeA ? outer_strips(1, m, n) : ceil_div(m, TALL);
  return clamp64(chunks_of_flops(2 * m * n * k * 4) / groups, 1, most);
}

KERNEL(matmul, transposeA && transposeB ? m : ceil_div(n, GROUP) * matmul_parts(m, n, k, transposeA), transposeA ? 0 : k *GROUP) {
  ARGS_matmul;
  if (transposeA && transposeB) { // rare: plain
    for (i64 j = 0; j < n; j++) {
      double sum = bias < 0 ? 0 : f[bias + j];
      for (i64 l = 0; l < k; l++) sum += (double)f[a + l * m + chunk] * f[b + j * k + l];
      f[c + chunk * n + j] = (float)(sum + (accumulate ? f[c + chunk * n + j] : 0));
    }
    return;
  }
  const i64 groups = ceil_div(n, GROUP), parts = chunks / groups, p = chunk % parts, first = chunk / parts * GROUP;
  const i64 channels = min64(GROUP, n - first), zeroOffset = 0;
  if (transposeA) {
    const Outer outer_ = {
        .x = f + a, .xw = m,
        .y = f + b + first, .yw = n,
        .d = 1, .h = 1, .w = k,
        .xo = &zeroOffset, .yo = &zeroOffset, .pieces = 1, .length = m,
        .out = f + c + first, .row = n,
        .channels = channels,
        .accumulate = accumulate,
    };
    const i64 strips = outer_strips(1, m, channels), from = part(strips, p, parts), to = part(strips, p + 1, parts);
    outer(&outer_, from, to, 0, 1);
    if (bias >= 0)
      for (i64 i = from * outer_deep(channels); i < min64(to * outer_deep(channels), m); i++)
        for (i64 o = first; o < first + channels; o++) f[c + i * n + o] += f[bias + o];
    return;
  }
  const i64 width = width_of(channels);
  if (transposeB) pack_columns(scratch, f + b + first * k, k, k, channels, width);
  else pack_rows(scratch, f + b + first, k, n, channels, width);
  const Product product_ = {
      .x = f + a, .xw = k,
      .y = f + c + first, .yw = n,
      .d = 1, .h = 1, .w = m,
      .offsets = &zeroOffset, .pieces = 1, .length = k,
      .weights = scratch,
      .bias = bias < 0 ? 0 : f + bias + first,
      .channels = channels,
      .accumulate = accumulate,
  };
  product(&product_, part(m, p, parts), part(m, p + 1, parts));
}

KERNEL(rowSum, ceil_div(c, 16), 0) {
  ARGS_rowSum;
  const i64 o = chunk * 16, left = c - o;
  Sum16 sum = {{0}, {0}};
  for (i64 r = 0; r < rows; r++) sum_add(&sum, load_first(f + x + r * c + o, left));
  if (accumulate) sum_add(&sum, load_first(f + out + o, left));
  for (i64 i = 0; i < min64(16, left); i++) f[out + o + i] = (float)sum_lane(&sum, i);
}

// A row number from the index vector, or -1.
INLINE i64 index_at(float value, i64 rows) { return value >= 0 && value < (float)rows ? (i64)value : -1; }

KERNEL(gatherRows, min64(rows, chunks_of_floats(rows *c)), 0) {
  ARGS_gatherRows;
  for (i64 r = part(rows, chunk, chunks); r < part(rows, chunk + 1, chunks); r++) {
    const i64 from = index_at(f[index + r], xRows);
    if (from < 0) zero(f + y + r * c, c);
    else copy(f + y + r * c, f + x + from * c, c);
  }
}

// A chunk: sixteen columns, so that rows named twice add up in order.
KERNEL(gatherRowsGrad, ceil_div(c, 16), 0) {
  ARGS_gatherRowsGrad;
  const i64 o = chunk * 16, left = c - o;
  for (i64 r = 0; r < rows; r++) {
    const i64 to = index_at(f[index + r], xRows);
    if (to < 0) continue;
    float *target = f + dx + to * c + o;
    store_first(target, load_first(target, left) + load_first(f + dy + r * c + o, left), left);
  }
}

KERNEL(copyColumns, min64(rows, chunks_of_floats(rows *c)), 0) {
  ARGS_copyColumns;
  for (i64 r = part(rows, chunk, chunks); r < part(rows, chunk + 1, chunks); r++) {
    float *target = f + y + r * yC + yc;
    const float *source = f + x + r * xC + xc;
    if (!accumulate) copy(target, source, c);
    else
      for (i64 i = 0; i < c; i++) target[i] += source[i];
  }
}

KERNEL(normaliseRows, min64(rows, chunks_of_floats(rows *c)), 0) {
  ARGS_normaliseRows;
  REALS_normaliseRows;
  for (i64 r = part(rows, chunk, chunks); r < part(rows, chunk + 1, chunks); r++) {
    const float *from = f + x + r * c, norm = (float)__builtin_sqrt(dot(from, from, c));
    f[norms + r] = norm;
    const v16 divisor = splat16(norm > epsilon ? norm : epsilon);
    for (i64 i = 0; i < c; i += 16) store_first(f + y + r * c + i, load_first(from + i, c - i) / divisor, c - i);
  }
}

KERNEL(normaliseRowsGrad, min64(rows, chunks_of_floats(rows *c)), 0) {
  ARGS_normaliseRowsGrad;
  REALS_normaliseRowsGrad;
  for (i64 r = part(rows, chunk, chunks); r < part(rows, chunk + 1, chunks); r++) {
    const float *unit = f + y + r * c, *gradient = f + dy + r * c, norm = f[norms + r];
    float *to = f + dx + r * c;
    // At or below epsilon the divisor is constant: nothing to take off.
    const v16 along = splat16(norm > epsilon ? (float)dot(unit, gradient, c) : 0);
    const v16 divisor = splat16(norm > epsilon ? norm : epsilon);
    for (i64 i = 0; i < c; i += 16) {
      v16 v = (load_first(gradient + i, c - i) - load_first(unit + i, c - i) * along) / divisor;
      if (accumulate) v += load_first(to + i, c - i);
      store_first(to + i, v, c - i);
    }
  }
}
