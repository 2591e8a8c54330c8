// Volumes [N, D+2, H+2, W+2, C]: places, rows and the halo.
#pragma once
#include "base.h"

// Offset of channel 0 of a voxel; d, h, w may be -1 or the size.
INLINE i64 voxel_at(i64 n, i64 d, i64 h, i64 w, i64 D, i64 H, i64 W, i64 C) {
  return (((n * (D + 2) + d + 1) * (H + 2) + h + 1) * (W + 2) + w + 1) * C;
}

INLINE void zero(float *p, i64 count) {
  i64 i = 0;
  for (; i + 16 <= count; i += 16) store16(p + i, (v16){0});
  SMALL for (; i < count; i++) p[i] = 0;
}
INLINE void copy(float *to, const float *from, i64 count) {
  i64 i = 0;
  for (; i + 16 <= count; i += 16) store16(to + i, load16(from + i));
  SMALL for (; i < count; i++) to[i] = from[i];
}

// Row number r = (n·D + d)·H + h.
typedef struct {
  i64 n, d, h;
} Row;
INLINE Row row_at(i64 r, i64 D, i64 H) { return (Row){r / (D * H), r / H % D, r % H}; }

// Zero channels c0 … c1-1 of the halo that belongs to rows from … to-1: the row's two ends, and where the row lies at a
// face of the volume, the halo rows beyond it.
static void zero_halo(float *y, i64 from, i64 to, i64 D, i64 H, i64 W, i64 C, i64 c0, i64 c1) {
  for (i64 r = from; r < to; r++) {
    const Row row = row_at(r, D, H);
    for (i64 d = row.d == 0 ? -1 : row.d; d <= (row.d == D - 1 ? D : row.d); d++)
      for (i64 h = row.h == 0 ? -1 : row.h; h <= (row.h == H - 1 ? H : row.h); h++) {
        float *p = y + voxel_at(row.n, d, h, -1, D, H, W, C);
        const i64 inside = d == row.d && h == row.h;
        if (!inside && c0 == 0 && c1 == C) zero(p, (W + 2) * C);
        else
          for (i64 w = 0; w < W + 2; w += inside ? W + 1 : 1) zero(p + w * C + c0, c1 - c0);
      }
  }
}
