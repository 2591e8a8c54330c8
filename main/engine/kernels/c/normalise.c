// Normalisation (instance or batch) fused with leaky ReLU. Statistics in double.
#include "call.h"
#include "volume.h"

INLINE double *doubles(float *f, i64 offset) { return (double *)(f + offset); }
INLINE float inverse_root(double v) { return (float)(1.0 / __builtin_sqrt(v)); }

// Coefficients per channel are laid out so that a row [W·C] can be gone through sixteen floats at a time: the channels
// themselves if C is a multiple of 16, else sixteen repetitions of them.
INLINE i64 period_of(i64 c) { return c % 16 ? c * 16 : c; }
INLINE void repeat(float *p, i64 c, i64 period) {
  for (i64 i = c; i < period; i++) p[i] = p[i - c];
}

// A chunk: one slab of rows of one sample.
KERNEL(normStatsPartial, n *slabs, 0) {
  ARGS_normStatsPartial;
  const i64 slab = chunk % slabs, b = chunk / slabs, from = part(d * h, slab, slabs), to = part(d * h, slab + 1, slabs);
  double *sums = doubles(f, partial) + (slab * n + b) * c * 2;
  for (i64 o = 0; o < c; o += 16) {
    Sum16 sum = {{0}, {0}}, squares = {{0}, {0}};
    for (i64 r = from; r < to; r++) {
      const float *p = f + x + voxel_at(b, r / h, r % h, 0, d, h, w, c) + o;
      for (i64 k = 0; k < w; k++, p += c) {
        const v16 v = load16(p);
        sum_add(&sum, v);
        sum_add_product(&squares, v, v);
      }
    }
    for (i64 k = 0; k < min64(16, c - o); k++) {
      sums[(o + k) * 2] = sum_lane(&sum, k);
      sums[(o + k) * 2 + 1] = sum_lane(&squares, k);
    }
  }
}

KERNEL(normStats, 1, 0) {
  ARGS_normStats;
  REALS_normStats;
  const double *sums = doubles(f, partial);
  // Of a batch all samples have the statistics of the first: adding them up for each anew would take n² steps.
  for (i64 b = 0; b < (batch ? 1 : n); b++)
    for (i64 o = 0; o < c; o++) {
      double sum = 0, squares = 0;
      for (i64 s = 0; s < slabs; s++)
        for (i64 m = batch ? 0 : b; m < (batch ? n : b + 1); m++) {
          sum += sums[((s * n + m) * c + o) * 2];
          squares += sums[((s * n + m) * c + o) * 2 + 1];
        }
      const double count = (double)(batch ? n * voxels : voxels), mean = sum / count;
      const double variance = squares / count - mean * mean;
      f[stats + (b * c + o) * 2] = (float)mean;
      f[stats + (b * c + o) * 2 + 1] = inverse_root((variance > 0 ? variance : 0) + reals[0]);
    }
  for (i64 i = 2 * c; batch && i < 2 * n * c; i++) f[stats + i] = f[stats + i - 2 * c];
}

KERNEL(normApply, min64(n *d *h, chunks_of_floats(n *d *h *w *c)), 3 * period_of(c)) {
  ARGS_normApply;
  REALS_normApply;
  const i64 from = part(n * d * h, chunk, chunks), to = part(n * d * h, chunk + 1, chunks), period = period_of(c);
  float *means = scratch, *scales = scratch + period, *shifts = scales + period;
  const v16 negative = splat16(slope);
  for (i64 r = from, sample = -1; r < to; r++) {
    const Row row = row_at(r, d, h);
    if (row.n != sample) {
      sample = row.n;
      for (i64 o = 0; o < c; o++) {
        means[o] = f[stats + (sample * c + o) * 2];
        scales[o] = (gamma < 0 ? 1 : f[gamma + o]) * f[stats + (sample * c + o) * 2 + 1];
        shifts[o] = beta < 0 ? 0 : f[beta + o];
      }
      repeat(means, c, period);
      repeat(scales, c, period);
      repeat(shifts, c, period);
    }
    const i64 at = voxel_at(row.n, row.d, row.h, 0, d, h, w, c), count = w * c;
    for (i64 i = 0, j = 0; i < count; i += 16) {
      const v16 v = (load16(f + x + at + i) - load16(means + j)) * load16(scales + j) + load16(shifts + j);
      store_first(f + y + at + i, lrelu16(v, negative), count - i);
      if ((j += 16) == period) j = 0;
    }
  }
  zero_halo(f + y, from, to, d, h, w, c, 0, c);
}

KERNEL(normGradPartial, n *slabs, 0) {
  ARGS_normGradPartial;
  REALS_normGradPartial;
  const i64 slab = chunk % slabs, b = chunk / slabs, from = part(d * h, slab, slabs), to = part(d * h, slab + 1, slabs);
  double *sums = doubles(f, partial) + (slab * n + b) * c * 2;
  const v16 negative = splat16(slope), one = splat16(1);
  for (i64 o = 0; o < c; o += 16) {
    float mean[16] = {0}, inverse[16] = {0};
    const i64 left = min64(16, c - o);
    for (i64 k = 0; k < left; k++) {
      mean[k] = f[stats + (b * c + o + k) * 2];
      inverse[k] = f[stats + (b * c + o + k) * 2 + 1];
    }
    const v16 centre = load16(mean), scale = load16(inverse);
    Sum16 sumG = {{0}, {0}}, sumGx = {{0}, {0}};
    for (i64 r = from; r < to; r++) {
      i64 at = voxel_at(b, r / h, r % h, 0, d, h, w, c) + o;
      for (i64 k = 0; k < w; k++, at += c) {
        const v16 g = load16(f + dy + at) * select16(load16(f + y + at) > splat16(0), one, negative);
        sum_add(&sumG, g);
        sum_add_product(&sumGx, g, (load16(f + x + at) - centre) * scale);
      }
    }
    for (i64 k = 0; k < left; k++) {
      sums[(o + k) * 2] = sum_lane(&sumG, k);
      sums[(o + k) * 2 + 1] = sum_lane(&sumGx, k);
    }
  }
}

KERNEL(normGradSums, 1, 0) {
  ARGS_normGradSums;
  const double *parts = doubles(f, partial);
  for (i64 o = 0; o < c; o++) {
    double allG = 0, allGx = 0;
    for (i64 b = 0; b < n; b++) {
      double g = 0, gx = 0;
      for (i64 s = 0; s < slabs; s++) {
        g += parts[((s * n + b) * c + o) * 2];
        gx += parts[((s * n + b) * c + o) * 2 + 1];
      }
      f[sums + (b * c + o) * 2] = (float)g;
      f[sums + (b * c + o) * 2 + 1] = (float)gx;
      allG += g;
      allGx += gx;
    }
    if (dgamma >= 0) f[dgamma + o] = (float)allGx;
    if (dbeta >= 0) f[dbeta + o] = (float)allG;
  }
}

// dx = a·(g - b) - e·(x - mean), with a = gamma·inverse, b = Σg/count, e = a·inverse·Σg·x̂/count.
KERNEL(normGradApply, min64(n *d *h, chunks_of_floats(2 * n * d * h * w * c)), 4 * period_of(c)) {
  ARGS_normGradApply;
  REALS_normGradApply;
  const i64 from = part(n * d * h, chunk, chunks), to = part(n * d * h, chunk + 1, chunks), period = period_of(c);
  float *means = scratch, *as = scratch + period, *bs = as + period, *es = bs + period;
  const v16 negative = splat16(slope), one = splat16(1);
  const double count = (double)(d * h * w * (batch ? n : 1));
  for (i64 r = from, sample = -1; r < to; r++) {
    const Row row = row_at(r, d, h);
    // Of a batch all samples have the same coefficients.
    if (sample < 0 || (row.n != sample && !batch)) {
      sample = row.n;
      for (i64 o = 0; o < c; o++) {
        double sumG = 0, sumGx = 0;
        for (i64 m = batch ? 0 : sample; m < (batch ? n : sample + 1); m++) {
          sumG += f[sums + (m * c + o) * 2];
          sumGx += f[sums + (m * c + o) * 2 + 1];
        }
        const float inverse = f[stats + (sample * c + o) * 2 + 1];
        means[o] = f[stats + (sample * c + o) * 2];
        as[o] = (gamma < 0 ? 1 : f[gamma + o]) * inverse;
        bs[o] = (float)(sumG / count);
        es[o] = (float)(as[o] * inverse * sumGx / count);
      }
      repeat(means, c, period);
      repeat(as, c, period);
      repeat(bs, c, period);
      repeat(es, c, period);
    }
    const i64 at = voxel_at(row.n, row.d, row.h, 0, d, h, w, c), length = w * c;
    for (i64 i = 0, j = 0; i < length; i += 16) {
      const i64 k = at + i;
      const v16 g = load16(f + dy + k) * select16(load16(f + y + k) > splat16(0), one, negative);
      v16 v = load16(as + j) * (g - load16(bs + j)) - load16(es + j) * (load16(f + x + k) - load16(means + j));
      if (accumulate) v += load16(f + dx + k);
      store_first(f + dx + k, v, length - i);
      if ((j += 16) == period) j = 0;
    }
  }
  zero_halo(f + dx, from, to, d, h, w, c, 0, c);
}
