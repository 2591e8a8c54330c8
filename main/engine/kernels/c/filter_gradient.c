// Filter gradients: outer products over voxels (outer.h), and the sums of their slabs.
#include "call.h"
#include "outer.h"
#include "volume.h"

// A chunk: a slab (a fixed range of rows), a group of output channels, and a share of the strips, so that deep layers with
// few slabs still fall into many chunks.
INLINE i64 strip_shares(i64 strips, i64 flops, i64 others) {
  return clamp64(chunks_of_flops(flops) / others, 1, strips);
}

KERNEL(convFilterGradPartial,
       slabs *ceil_div(co, GROUP) * strip_shares(outer_strips(kd * kh, kw * ci, co), 2 * n * d * h * w * kd * kh * kw * ci * co, slabs *ceil_div(co, GROUP)),
       0) {
  ARGS_convFilterGradPartial;
  const i64 groups = ceil_div(co, GROUP), parts = chunks / (slabs * groups);
  const i64 p = chunk % parts, group = chunk / parts % groups, slab = chunk / (parts * groups), first = group * GROUP;
  const i64 channels = min64(GROUP, co - first), strips = outer_strips(kd * kh, kw * ci, channels);
  const i64 line = (xw + 2) * ci, plane = (xh + 2) * line;
  i64 xo[9], yo[9];
  for (i64 i = 0; i < kd; i++)
    for (i64 j = 0; j < kh; j++) {
      xo[i * kh + j] = i * plane + j * line;
      yo[i * kh + j] = 0;
    }
  const Outer outer_ = {
      .x = f + x + (1 - kd / 2) * plane + (1 - kh / 2) * line + (1 - kw / 2) * ci,
      .xn = (xd + 2) * plane, .xd = sd * plane, .xh = sh * line, .xw = sw * ci,
      .y = f + dy + voxel_at(0, 0, 0, 0, d, h, w, co) + first,
      .yn = (d + 2) * (h + 2) * (w + 2) * co, .yd = (h + 2) * (w + 2) * co, .yh = (w + 2) * co, .yw = co,
      .d = d, .h = h, .w = w,
      .xo = xo, .yo = yo, .pieces = kd * kh, .length = kw * ci,
      .out = f + partial + slab * kd * kh * kw * ci * co + first,
      .row = co,
      .channels = channels,
  };
  outer(&outer_, part(strips, p, parts), part(strips, p + 1, parts), part(n * d * h, slab, slabs), part(n * d * h, slab + 1, slabs));
}

KERNEL(convTransposedFilterGradPartial,
       slabs *ceil_div(co, GROUP) * strip_shares(outer_strips(sd * sh * sw, ci, co), 2 * n * d * h * w * sd * sh * sw * ci * co, slabs *ceil_div(co, GROUP)),
       0) {
  ARGS_convTransposedFilterGradPartial;
  const i64 taps = sd * sh * sw, groups = ceil_div(co, GROUP), parts = chunks / (slabs * groups);
  const i64 p = chunk % parts, group = chunk / parts % groups, slab = chunk / (parts * groups), first = group * GROUP;
  const i64 channels = min64(GROUP, co - first), strips = outer_strips(taps, ci, channels);
  const i64 D = d * sd, H = h * sh, W = w * sw, line = (W + 2) * co, plane = (H + 2) * line;
  i64 xo[8], yo[8];
  for (i64 t = 0; t < taps; t++) {
    xo[t] = 0;
    yo[t] = t / (sh * sw) * plane + t / sw % sh * line + t % sw * co;
  }
  const Outer outer_ = {
      .x = f + x + voxel_at(0, 0, 0, 0, d, h, w, ci),
      .xn = (d + 2) * (h + 2) * (w + 2) * ci, .xd = (h + 2) * (w + 2) * ci, .xh = (w + 2) * ci, .xw = ci,
      .y = f + dy + voxel_at(0, 0, 0, 0, D, H, W, co) + first,
      .yn = (D + 2) * plane, .yd = sd * plane, .yh = sh * line, .yw = sw * co,
      .d = d, .h = h, .w = w,
      .xo = xo, .yo = yo, .pieces = taps, .length = ci,
      .out = f + partial + slab * taps * ci * co + first,
      .row = co,
      .channels = channels,
  };
  outer(&outer_, part(strips, p, parts), part(strips, p + 1, parts), part(n * d * h, slab, slabs), part(n * d * h, slab + 1, slabs));
}

KERNEL(reducePartials, chunks_of_floats(size *slabs), 0) {
  ARGS_reducePartials;
  const i64 blocks = ceil_div(size, 16), last = part(blocks, chunk + 1, chunks);
  for (i64 b = part(blocks, chunk, chunks); b < last; b++) {
    const i64 i = b * 16, left = size - i;
    Sum16 sum = {{0}, {0}};
    for (i64 s = 0; s < slabs; s++) sum_add(&sum, load16(f + partial + s * size + i));
    if (accumulate) sum_add(&sum, load16(f + out + i));
    float to[16];
    for (int k = 0; k < 16; k++) to[k] = (float)sum_lane(&sum, k);
    store_first(f + out + i, load16(to), left);
  }
}

KERNEL(volumeChannelSumPartial, slabs, 0) {
  ARGS_volumeChannelSumPartial;
  const i64 from = part(n * d * h, chunk, slabs), to = part(n * d * h, chunk + 1, slabs);
  for (i64 o = 0; o < c; o += 16) {
    Sum16 sum = {{0}, {0}};
    for (i64 r = from; r < to; r++) {
      const Row row = row_at(r, d, h);
      const float *p = f + x + voxel_at(row.n, row.d, row.h, 0, d, h, w, c) + o;
      for (i64 k = 0; k < w; k++, p += c) sum_add(&sum, load16(p));
    }
    for (i64 k = 0; k < min64(16, c - o); k++) f[partial + chunk * c + o + k] = (float)sum_lane(&sum, k);
  }
}
