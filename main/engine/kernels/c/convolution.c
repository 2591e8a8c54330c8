// Convolutions, their input gradients and transposed convolutions: all are products over voxels (product.h).
#include "call.h"
#include "pack.h"
#include "product.h"
#include "volume.h"

// --- packing filters -------------------------------------------------------------------------------------------------

KERNEL(packFilter, ceil_div(transpose ? ci : co, GROUP), 0) {
  ARGS_packFilter;
  const i64 inputs = transpose ? co : ci, outputs = transpose ? ci : co, first = chunk * GROUP;
  const i64 channels = min64(GROUP, outputs - first), width = width_of(channels);
  float *to = f + packed + first * taps * inputs;
  if (!transpose) pack_rows(to, f + filter + first, taps * ci, co, channels, width);
  else
    for (i64 t = 0; t < taps; t++)
      pack_columns(to + t * inputs * width, f + filter + ((taps - 1 - t) * ci + first) * co, inputs, co, channels, width);
}

// --- a chunk: one group of output channels, and a share of the voxels --------------------------------------------------

// Shares of the voxels so that chunks are neither tiny nor few; a share has at least 48 voxels.
INLINE i64 shares(i64 voxels, i64 flops, i64 others) {
  return clamp64(chunks_of_flops(flops) / others, 1, max64(1, voxels / 48));
}

// Where share i of the voxels starts; if rows consist of pairs, so do shares.
INLINE i64 share(i64 voxels, i64 w, i64 i, i64 parts) { return w % 2 ? part(voxels, i, parts) : 2 * part(voxels / 2, i, parts); }

KERNEL(conv, ceil_div(co, GROUP) * shares(n * d * h * w, 2 * n * d * h * w * kd * kh * kw * ci * co, ceil_div(co, GROUP)), 0) {
  ARGS_conv;
  const i64 groups = ceil_div(co, GROUP), parts = chunks / groups, group = chunk / parts, p = chunk % parts;
  const i64 line = (xw + 2) * ci, plane = (xh + 2) * line, first = group * GROUP;
  i64 offsets[9];
  for (i64 i = 0; i < kd; i++)
    for (i64 j = 0; j < kh; j++) offsets[i * kh + j] = i * plane + j * line;
  const Product product_ = {
      .x = f + x + (1 - kd / 2) * plane + (1 - kh / 2) * line + (1 - kw / 2) * ci,
      .xn = (xd + 2) * plane, .xd = sd * plane, .xh = sh * line, .xw = sw * ci,
      .y = f + y + voxel_at(0, 0, 0, 0, d, h, w, co) + first,
      .yn = (d + 2) * (h + 2) * (w + 2) * co, .yd = (h + 2) * (w + 2) * co, .yh = (w + 2) * co, .yw = co,
      .d = d, .h = h, .w = w,
      .offsets = offsets, .pieces = kd * kh, .length = kw * ci,
      .weights = f + packed + first * kd * kh * kw * ci,
      .bias = bias < 0 ? 0 : f + bias + first,
      .channels = min64(GROUP, co - first),
      .accumulate = accumulate,
  };
  product(&product_, share(n * d * h * w, w, p, parts), share(n * d * h * w, w, p + 1, parts));
  zero_halo(f + y, part(n * d * h, chunk, chunks), part(n * d * h, chunk + 1, chunks), d, h, w, co, 0, co);
}

// Input positions fall into classes by their remainder modulo the stride; each class is a convolution at stride 1 of the
// output's gradient with the taps that reach it.
INLINE i64 reaching(i64 k, i64 s) { return s == 1 ? k : ceil_div(k, s); } // most taps of a class, along one axis

KERNEL(convInputGradStrided,
       sd *sh *sw *ceil_div(ci, GROUP) *
           shares(ceil_div(n * xd * xh * xw, sd * sh * sw), 2 * n * d * h * w * kd * kh * kw * ci * co, sd *sh *sw *ceil_div(ci, GROUP)),
       reaching(kd, sd) * reaching(kh, sh) * reaching(kw, sw) * co * GROUP) {
  ARGS_convInputGradStrided;
  const i64 groups = ceil_div(ci, GROUP), classes = sd * sh * sw, parts = chunks / (groups * classes);
  const i64 p = chunk % parts, group = chunk / parts % groups, class = chunk / (parts * groups);
  const i64 cd = class / (sh * sw), ch = class / sw % sh, cw = class % sw;
  const i64 line = (w + 2) * co, plane = (h + 2) * line, first = group * GROUP;
  const i64 channels = min64(GROUP, ci - first), width = width_of(channels);
  zero_halo(f + dx, part(n * xd * xh, chunk, chunks), part(n * xd * xh, chunk + 1, chunks), xd, xh, xw, ci, 0, ci);

  i64 offsets[27], pieces = 0;
  for (i64 i = 0; i < kd; i++)
    for (i64 j = 0; j < kh; j++)
      for (i64 k = 0; k < kw; k++) {
        const i64 od = cd + kd / 2 - i, oh = ch + kh / 2 - j, ow = cw + kw / 2 - k;
        if (od % sd || oh % sh || ow % sw) continue;
        pack_columns(scratch + pieces * co * width, f + filter + (((i * kh + j) * kw + k) * ci + first) * co, co, co, channels, width);
        offsets[pieces++] = od / sd * plane + oh / sh * line + ow / sw * co;
      }
  if (!pieces) { // no tap reaches this class: zero
    zero(scratch, co * width);
    offsets[pieces++] = 0;
  }
  const i64 toLine = (xw + 2) * ci, toPlane = (xh + 2) * toLine;
  const Product product_ = {
      .x = f + dy + voxel_at(0, 0, 0, 0, d, h, w, co),
      .xn = (d + 2) * plane, .xd = plane, .xh = line, .xw = co,
      .y = f + dx + voxel_at(0, cd, ch, cw, xd, xh, xw, ci) + first,
      .yn = (xd + 2) * toPlane, .yd = sd * toPlane, .yh = sh * toLine, .yw = sw * ci,
      .d = ceil_div(xd - cd, sd), .h = ceil_div(xh - ch, sh), .w = ceil_div(xw - cw, sw),
      .offsets = offsets, .pieces = pieces, .length = co,
      .weights = scratch,
      .channels = channels,
      .accumulate = accumulate,
  };
  const i64 voxels = n * product_.d * product_.h * product_.w;
  if (voxels > 0) product(&product_, share(voxels, product_.w, p, parts), share(voxels, product_.w, p + 1, parts));
}

// --- transposed convolution, kernel = stride -----------------------------------------------------------------------------

KERNEL(convTransposed,
       sd *sh *sw *ceil_div(co, GROUP) * shares(n * d * h * w, 2 * n * d * h * w * sd * sh * sw * ci * co, sd *sh *sw *ceil_div(co, GROUP)),
       ci *GROUP) {
  ARGS_convTransposed;
  const i64 taps = sd * sh * sw, groups = ceil_div(co, GROUP), parts = chunks / (groups * taps);
  const i64 tap = chunk % taps, p = chunk / taps % parts, group = chunk / (taps * parts), first = group * GROUP;
  const i64 line = (w + 2) * ci, plane = (h + 2) * line, D = d * sd, H = h * sh, W = w * sw;
  const i64 toLine = (W + 2) * co, toPlane = (H + 2) * toLine;
  const i64 channels = min64(GROUP, co - first);
  pack_rows(scratch, f + filter + tap * ci * co + first, ci, co, channels, width_of(channels));
  const i64 offset = 0;
  const Product product_ = {
      .x = f + x + voxel_at(0, 0, 0, 0, d, h, w, ci),
      .xn = (d + 2) * plane, .xd = plane, .xh = line, .xw = ci,
      .y = f + y + voxel_at(0, tap / (sh * sw), tap / sw % sh, tap % sw, D, H, W, co) + first,
      .yn = (D + 2) * toPlane, .yd = sd * toPlane, .yh = sh * toLine, .yw = sw * co,
      .d = d, .h = h, .w = w,
      .offsets = &offset, .pieces = 1, .length = ci,
      .weights = scratch,
      .bias = bias < 0 ? 0 : f + bias + first,
      .channels = channels,
  };
  product(&product_, share(n * d * h * w, w, p, parts), share(n * d * h * w, w, p + 1, parts));
  zero_halo(f + y, part(n * D * H, chunk, chunks), part(n * D * H, chunk + 1, chunks), D, H, W, co, 0, co);
}

KERNEL(convTransposedInputGrad,
       ceil_div(ci, GROUP) * shares(n * d * h * w, 2 * n * d * h * w * sd * sh * sw * ci * co, ceil_div(ci, GROUP)),
       sd *sh *sw *co *GROUP) {
  ARGS_convTransposedInputGrad;
  const i64 taps = sd * sh * sw, groups = ceil_div(ci, GROUP), parts = chunks / groups;
  const i64 group = chunk / parts, p = chunk % parts, first = group * GROUP;
  const i64 D = d * sd, H = h * sh, W = w * sw, line = (W + 2) * co, plane = (H + 2) * line;
  const i64 toLine = (w + 2) * ci, toPlane = (h + 2) * toLine;
  const i64 channels = min64(GROUP, ci - first), width = width_of(channels);
  i64 offsets[8];
  for (i64 t = 0; t < taps; t++) {
    pack_columns(scratch + t * co * width, f + filter + (t * ci + first) * co, co, co, channels, width);
    offsets[t] = t / (sh * sw) * plane + t / sw % sh * line + t % sw * co;
  }
  const Product product_ = {
      .x = f + dy + voxel_at(0, 0, 0, 0, D, H, W, co),
      .xn = (D + 2) * plane, .xd = sd * plane, .xh = sh * line, .xw = sw * co,
      .y = f + dx + voxel_at(0, 0, 0, 0, d, h, w, ci) + first,
      .yn = (d + 2) * toPlane, .yd = toPlane, .yh = toLine, .yw = ci,
      .d = d, .h = h, .w = w,
      .offsets = offsets, .pieces = taps, .length = co,
      .weights = scratch,
      .channels = channels,
      .accumulate = accumulate,
  };
  product(&product_, share(n * d * h * w, w, p, parts), share(n * d * h * w, w, p + 1, parts));
  zero_halo(f + dx, part(n * d * h, chunk, chunks), part(n * d * h, chunk + 1, chunks), d, h, w, ci, 0, ci);
}
