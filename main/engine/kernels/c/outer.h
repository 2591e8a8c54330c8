// The heart of all filter gradients: out[piece, l][o] = Σ over voxels v of x[v][xo(piece) + l] · y[v][yo(piece) + o].
// A tile of some values of x × 16·WIDE channels of y stays in registers while it goes through a block of rows; the
// block's x and y stay in cache while all tiles go through it.
#pragma once
#include "product.h"

typedef struct {
  const float *x;       // at voxel 0 and offset 0
  i64 xn, xd, xh, xw;   // strides in floats
  const float *y;       // at voxel 0, first channel of the group
  i64 yn, yd, yh, yw;   //
  i64 d, h, w;          // rows are numbered (n·d + d)·h + h
  const i64 *xo, *yo;   // offsets of each piece
  i64 pieces, length;   //
  float *out;           // [pieces·length][row], at the first channel of the group
  i64 row;              //
  i64 channels;         // of the group, 1 … GROUP
  i64 accumulate;       // add to what `out` holds
} Outer;

enum { VOXELS_IN_CACHE = 256 };

// `many` pieces at once (their x differ by `apart` floats, their results lie side by side), each `deep` values long.
INLINE void outer_tile(const Outer *p, i64 piece, i64 l, i64 row0, i64 row1, i64 add, i64 apart, i64 channel,
                       const int many, const int deep, const int wide) {
  vec acc[TALLEST][WIDE];
  UNROLL for (int a = 0; a < many * deep; a++) UNROLL for (int b = 0; b < wide; b++) acc[a][b] = splat_vec(0);
  i64 h = row0 % p->h, d = row0 / p->h % p->d, n = row0 / (p->h * p->d);
  const i64 xw = p->xw, yw = p->yw;
  for (i64 r = row0; r < row1; r++) {
    const float *x = p->x + n * p->xn + d * p->xd + h * p->xh + p->xo[piece] + l;
    const float *y = p->y + n * p->yn + d * p->yd + h * p->yh + p->yo[piece] + channel;
    for (i64 w = p->w; w > 0; w--, x += xw, y += yw) {
      vec g[WIDE];
      UNROLL for (int b = 0; b < wide; b++) g[b] = load_vec(y + LANES * b);
      UNROLL for (int m = 0; m < many; m++) UNROLL for (int a = 0; a < deep; a++) {
        const vec s = splat_vec(x[m * apart + a]);
        UNROLL for (int b = 0; b < wide; b++) acc[m * deep + a][b] = madd(acc[m * deep + a][b], s, g[b]);
      }
    }
    if (++h == p->h) {
      h = 0;
      if (++d == p->d) d = 0, n++;
    }
  }
  float *out = p->out + (piece * p->length + l) * p->row + channel;
  const i64 left = p->channels - channel;
  if (left >= LANES * wide) {
    UNROLL for (int a = 0; a < many * deep; a++) UNROLL for (int b = 0; b < wide; b++) {
      float *to = out + a * p->row + LANES * b;
      if (add) add_vec(to, acc[a][b]);
      else store_vec(to, acc[a][b]);
    }
    return;
  }
  float rest[TALLEST * LANES];
  UNROLL for (int a = 0; a < many * deep; a++) UNROLL for (int b = 0; b < wide; b++) store_vec(rest + (a * wide + b) * LANES, acc[a][b]);
  for (i64 a = 0; a < many * deep; a++) {
    float *to = out + a * p->row;
    SMALL for (i64 i = 0; i < left; i++) to[i] = rest[a * LANES * wide + i] + (add ? to[i] : 0);
  }
}

#define OUTER(many, deep, wide)                                                                                        \
  static __attribute__((noinline)) void outer_##many##_##deep##_##wide(const Outer *p, i64 piece, i64 l, i64 row0,     \
                                                                       i64 row1, i64 add, i64 apart, i64 channel) {    \
    outer_tile(p, piece, l, row0, row1, add, apart, channel, many, deep, wide);                                        \
  }
#if defined(__AVX512F__)
#define OUTERS(many, deep) OUTER(many, deep, 1) OUTER(many, deep, 2)
#define RUN(many, deep)                                                                   \
  (p->channels > 16 ? outer_##many##_##deep##_2(p, piece, l, row0, row1, add, apart, 0)    \
                    : outer_##many##_##deep##_1(p, piece, l, row0, row1, add, apart, 0))
#else
#define OUTERS(many, deep) OUTER(many, deep, 1)
#define RUN(many, deep)                                                \
  for (i64 channel = 0; channel < p->channels; channel += LANES)       \
  outer_##many##_##deep##_1(p, piece, l, row0, row1, add, apart, channel)
#endif
OUTERS(1, 1)
OUTERS(1, 2)
OUTERS(1, 3)
OUTERS(1, 6)
#if defined(__AVX512F__)
OUTERS(1, 12)
OUTERS(3, 3)
OUTER(1, 24, 1)
enum { ROWS = 3 };
#define RUN_ROWS RUN(3, 3)
#else
OUTERS(2, 3)
enum { ROWS = 2 };
#define RUN_ROWS RUN(2, 3)
#endif

// Whether pieces s … s + ROWS - 1 have the same y, and x equally far apart.
INLINE i64 outer_even(const Outer *p, i64 s) {
  for (int i = 1; i < ROWS; i++)
    if (p->yo[s + i] != p->yo[s] || p->xo[s + i] - p->xo[s] != i * (p->xo[s + 1] - p->xo[s])) return 0;
  return 1;
}

// A strip: one tile's share of a piece. Narrow groups have deeper tiles.
INLINE i64 outer_deep(i64 channels) { return channels > 16 ? TALL : TALLEST; }
INLINE i64 outer_strips(i64 pieces, i64 length, i64 channels) { return pieces * ceil_div(length, outer_deep(channels)); }

static void outer_strip(const Outer *p, i64 strip, i64 row0, i64 row1, i64 add) {
  const i64 deep = outer_deep(p->channels), per = ceil_div(p->length, deep), piece = strip / per, apart = 0;
  i64 l = strip % per * deep;
  const i64 end = min64(l + deep, p->length);
#if defined(__AVX512F__)
  if (end - l == 24) {
    outer_1_24_1(p, piece, l, row0, row1, add, 0, 0);
    return;
  }
  for (; end - l >= 12; l += 12) RUN(1, 12);
#endif
  for (; end - l >= 6; l += 6) RUN(1, 6);
  for (; end - l >= 3; l += 3) RUN(1, 3);
  if (end - l == 2) RUN(1, 2);
  if (end - l == 1) RUN(1, 1);
}

// Strips strip0 … strip1-1 over rows row0 … row1-1.
static void outer(const Outer *p, i64 strip0, i64 strip1, i64 row0, i64 row1) {
  const i64 block = max64(1, VOXELS_IN_CACHE / p->w);
  for (i64 from = row0; from < row1; from += block) {
    const i64 to = min64(from + block, row1), add = from > row0 || p->accumulate;
    for (i64 s = strip0; s < strip1; s++) {
      // One input channel: several rows of the filter make one tile.
      if (p->length == 3 && s + ROWS <= strip1 && outer_even(p, s)) {
        const i64 piece = s, l = 0, row0 = from, row1 = to, apart = p->xo[s + 1] - p->xo[s];
        RUN_ROWS;
        s += ROWS - 1;
        continue;
      }
      outer_strip(p, s, from, to, add);
    }
  }
}
