// Packing of filters and matrices into rows of 16 or 32 output channels, filled up with zeros.
#pragma once
#include "base.h"

// to[r][o] = from[r·stride + o] for o < channels, else 0; rows of `width`.
static void pack_rows(float *to, const float *from, i64 rows, i64 stride, i64 channels, i64 width) {
  for (i64 r = 0; r < rows; r++, from += stride, to += width)
    for (i64 o = 0; o < width; o += 16) store16(to + o, o < channels ? load_first(from + o, channels - o) : (v16){0});
}
// to[r][o] = from[o·stride + r]
static void pack_columns(float *to, const float *from, i64 rows, i64 stride, i64 channels, i64 width) {
  for (i64 o = 0; o < width; o++)
    if (o < channels)
      for (i64 r = 0; r < rows; r++) to[r * width + o] = from[o * stride + r];
    else
      for (i64 r = 0; r < rows; r++) to[r * width + o] = 0;
}
INLINE i64 width_of(i64 channels) { return ceil_div(channels, 16) * 16; }

