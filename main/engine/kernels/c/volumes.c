// Volumes: padding, pooling, channels, means over voxels.
#include "call.h"
#include "volume.h"

INLINE void add_to(float *to, const float *from, i64 count) {
  for (i64 i = 0; i < count; i += 16) store_first(to + i, load_first(to + i, count - i) + load_first(from + i, count - i), count - i);
}
INLINE i64 row_chunks(i64 rows, i64 floats) { return min64(rows, chunks_of_floats(floats)); }

KERNEL(padVolume, row_chunks(n *d *h, n *d *h *w *c), 0) {
  ARGS_padVolume;
  const i64 from = part(n * d * h, chunk, chunks), to = part(n * d * h, chunk + 1, chunks);
  for (i64 r = from; r < to; r++) {
    const Row row = row_at(r, d, h);
    copy(f + y + voxel_at(row.n, row.d, row.h, 0, d, h, w, c), f + dense + r * w * c, w * c);
  }
  zero_halo(f + y, from, to, d, h, w, c, 0, c);
}

KERNEL(unpadVolume, row_chunks(n *d *h, n *d *h *w *c), 0) {
  ARGS_unpadVolume;
  for (i64 r = part(n * d * h, chunk, chunks); r < part(n * d * h, chunk + 1, chunks); r++) {
    const Row row = row_at(r, d, h);
    const float *source = f + x + voxel_at(row.n, row.d, row.h, 0, d, h, w, c);
    if (accumulate) add_to(f + dense + r * w * c, source, w * c);
    else copy(f + dense + r * w * c, source, w * c);
  }
}

KERNEL(maxPool, row_chunks(n *d *h, n *xd *xh *xw *c), 0) {
  ARGS_maxPool;
  const i64 from = part(n * d * h, chunk, chunks), to = part(n * d * h, chunk + 1, chunks);
  for (i64 r = from; r < to; r++) {
    const Row row = row_at(r, d, h);
    for (i64 v = 0; v < w; v++) {
      float *target = f + y + voxel_at(row.n, row.d, row.h, v, d, h, w, c);
      for (i64 o = 0; o < c; o += 16) {
        v16 most = splat16(-__builtin_inff());
        for (i64 i = 0; i < sd; i++)
          for (i64 j = 0; j < sh; j++)
            for (i64 k = 0; k < sw; k++)
              most = max16(load16(f + x + voxel_at(row.n, row.d * sd + i, row.h * sh + j, v * sw + k, xd, xh, xw, c) + o), most);
        store_first(target + o, most, c - o);
      }
    }
  }
  zero_halo(f + y, from, to, d, h, w, c, 0, c);
}

// A chunk owns rows of windows, and with them the input rows they cover; the last ones own what the windows leave over.
KERNEL(maxPoolGrad, row_chunks(n *d *h, 2 * n * xd * xh * xw * c), 0) {
  ARGS_maxPoolGrad;
  const i64 from = part(n * d * h, chunk, chunks), to = part(n * d * h, chunk + 1, chunks);
  for (i64 r = from; r < to; r++) {
    const Row row = row_at(r, d, h);
    if (!accumulate)
      for (i64 i = row.d * sd; i < (row.d == d - 1 ? xd : row.d * sd + sd); i++)
        for (i64 j = row.h * sh; j < (row.h == h - 1 ? xh : row.h * sh + sh); j++)
          zero(f + dx + voxel_at(row.n, i, j, 0, xd, xh, xw, c), xw * c);
    for (i64 v = 0; v < w; v++) {
      const i64 at = voxel_at(row.n, row.d, row.h, v, d, h, w, c);
      for (i64 o = 0; o < c; o += 16) {
        const v16 most = load16(f + y + at + o), gradient = load16(f + dy + at + o);
        v16i open = most == most;
        for (i64 i = 0; i < sd; i++)
          for (i64 j = 0; j < sh; j++)
            for (i64 k = 0; k < sw; k++) {
              const i64 place = voxel_at(row.n, row.d * sd + i, row.h * sh + j, v * sw + k, xd, xh, xw, c) + o;
              const v16i here = (load16(f + x + place) == most) & open;
              store_first(f + dx + place, load_first(f + dx + place, c - o) + select16(here, gradient, splat16(0)), c - o);
              open &= ~here;
            }
      }
    }
  }
  zero_halo(f + dx, part(n * xd * xh, chunk, chunks), part(n * xd * xh, chunk + 1, chunks), xd, xh, xw, c, 0, c);
}

KERNEL(copyChannels, row_chunks(n *d *h, 2 * n * d * h * w * c), 0) {
  ARGS_copyChannels;
  const i64 from = part(n * d * h, chunk, chunks), to = part(n * d * h, chunk + 1, chunks);
  for (i64 r = from; r < to; r++) {
    const Row row = row_at(r, d, h);
    const float *source = f + x + voxel_at(row.n, row.d, row.h, 0, d, h, w, xC) + xc;
    float *target = f + y + voxel_at(row.n, row.d, row.h, 0, d, h, w, yC) + yc;
    for (i64 v = 0; v < w; v++, source += xC, target += yC)
      if (accumulate) add_to(target, source, c);
      else copy(target, source, c);
  }
  zero_halo(f + y, from, to, d, h, w, yC, yc, yc + c);
}

// A chunk: sixteen channels of a sample.
KERNEL(globalMean, n *ceil_div(c, 16), 0) {
  ARGS_globalMean;
  const i64 b = chunk % n, o = chunk / n * 16;
  Sum16 sum = {{0}, {0}};
  for (i64 r = 0; r < d * h; r++) {
    const float *p = f + x + voxel_at(b, r / h, r % h, 0, d, h, w, c) + o;
    for (i64 k = 0; k < w; k++, p += c) sum_add(&sum, load16(p));
  }
  for (i64 k = 0; k < min64(16, c - o); k++) f[y + b * c + o + k] = (float)(sum_lane(&sum, k) / (double)(d * h * w));
}

KERNEL(globalMeanGrad, row_chunks(n *d *h, n *d *h *w *c), 0) {
  ARGS_globalMeanGrad;
  const i64 from = part(n * d * h, chunk, chunks), to = part(n * d * h, chunk + 1, chunks);
  const v16 share = splat16((float)(1.0 / (double)(d * h * w)));
  for (i64 r = from; r < to; r++) {
    const Row row = row_at(r, d, h);
    float *target = f + dx + voxel_at(row.n, row.d, row.h, 0, d, h, w, c);
    for (i64 v = 0; v < w; v++, target += c)
      for (i64 o = 0; o < c; o += 16) {
        v16 g = load_first(f + dy + row.n * c + o, c - o) * share;
        if (accumulate) g += load_first(target + o, c - o);
        store_first(target + o, g, c - o);
      }
  }
  zero_halo(f + dx, from, to, d, h, w, c, 0, c);
}
