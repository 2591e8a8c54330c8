// The heart of all convolutions: for each voxel v, y[v][0..channels) = Σ over pieces and l of x[v][offset(piece) + l] ·
// weights[piece, l][·]. Accumulators for TALL voxels × 16·WIDE channels stay in registers over the whole reduction.
// A 3³ convolution has nine pieces (kd, kh) of 3·Ci floats, since kw and ci lie side by side in a row of the input.
#pragma once
#include "base.h"

#if defined(__AVX512F__)
enum { TALL = 12, SHORT = 4, WIDE = 2 }; // 24 of 32 registers
#elif defined(__AVX2__) || defined(__aarch64__)
enum { TALL = 6, SHORT = 3, WIDE = 1 }; // 12 of 16 (24 of 32) registers
#else
enum { TALL = 3, SHORT = 1, WIDE = 1 }; // 12 of 16 registers
#endif

// Channels that are computed together: the filter of such a group is packed as [pieces·length][16·blocks].
enum { GROUP = 16 * WIDE };

typedef struct {
  const float *x;            // input at voxel 0 (and at offset 0)
  i64 xn, xd, xh, xw;        // its strides in floats
  float *y;                  // output at voxel 0, first channel of the group
  i64 yn, yd, yh, yw;        //
  i64 d, h, w;               // voxels are numbered ((n·d + d)·h + h)·w + w
  const i64 *offsets;        // of each piece in the input
  i64 pieces, length;        //
  const float *weights;      // [pieces·length][16·blocks]
  const float *bias;         // of the group's first channel; may be null
  i64 channels;              // of the group, 1 … GROUP
  i64 accumulate;            //
} Product;

// Weights that are read again and again should stay in the second-level cache.
enum { WEIGHTS_IN_CACHE = 56 * 1024 }; // floats

INLINE void product_tile(const Product *p, const float *const *x, float *const *y, i64 from, i64 to, i64 count, i64 add,
                         const int tall, const int wide) {
  v16 acc[TALL][WIDE];
  UNROLL for (int t = 0; t < tall; t++) UNROLL for (int b = 0; b < wide; b++) acc[t][b] = (v16){0};
  const i64 length = p->length;
  const float *w = p->weights + from * length * 16 * wide;
  for (i64 i = from; i < to; i++) {
    const i64 offset = p->offsets[i];
    const float *q[TALL];
    UNROLL for (int t = 0; t < tall; t++) q[t] = x[t] + offset;
    for (i64 l = 0; l < length; l++, w += 16 * wide) {
      v16 f[WIDE];
      UNROLL for (int b = 0; b < wide; b++) f[b] = load16(w + 16 * b);
      UNROLL for (int t = 0; t < tall; t++) {
        const v16 s = splat16(q[t][l]);
        UNROLL for (int b = 0; b < wide; b++) acc[t][b] = madd(acc[t][b], s, f[b]);
      }
    }
  }
  if (count == tall && p->channels == 16 * wide) {
    UNROLL for (int b = 0; b < wide; b++) {
      const v16 bias = from == 0 && p->bias ? load16(p->bias + 16 * b) : (v16){0};
      UNROLL for (int t = 0; t < tall; t++) {
        v16 v = acc[t][b] + bias;
        if (add) v += load16(y[t] + 16 * b);
        store16(y[t] + 16 * b, v);
      }
    }
    return;
  }
  // The rare rest: fewer voxels or fewer channels than the tile has.
  float rest[TALL * GROUP];
  UNROLL for (int t = 0; t < tall; t++) UNROLL for (int b = 0; b < wide; b++) store16(rest + t * GROUP + 16 * b, acc[t][b]);
  for (i64 t = 0; t < count; t++)
    for (i64 b = 0; b < wide; b++) {
      const i64 left = p->channels - 16 * b;
      v16 v = load16(rest + t * GROUP + 16 * b);
      if (from == 0 && p->bias) v += load_first(p->bias + 16 * b, left);
      if (add) v += load_first(y[t] + 16 * b, left);
      store_first(y[t] + 16 * b, v, left);
    }
}

#define TILE(tall, wide)                                                                                               \
  static __attribute__((noinline)) void tile_##tall##_##wide(const Product *p, const float *const *x, float *const *y, \
                                                             i64 from, i64 to, i64 count, i64 add) {                   \
    product_tile(p, x, y, from, to, count, add, tall, wide);                                                           \
  }
TILE(TALL, 1)
TILE(SHORT, 1)
#if defined(__AVX512F__)
TILE(TALL, 2)
TILE(SHORT, 2)
#endif

// Voxels first … last-1.
static void product(const Product *p, i64 first, i64 last) {
  const i64 wide = ceil_div(p->channels, 16);
  const i64 step = clamp64(WEIGHTS_IN_CACHE / (p->length * 16 * wide), 1, p->pieces);
  for (i64 from = 0; from < p->pieces; from += step) {
    const i64 to = min64(from + step, p->pieces);
    const i64 add = from > 0 || p->accumulate;
    i64 w = first % p->w, h = first / p->w % p->h, d = first / (p->w * p->h) % p->d, n = first / (p->w * p->h * p->d);
    const float *x = p->x + n * p->xn + d * p->xd + h * p->xh + w * p->xw;
    float *y = p->y + n * p->yn + d * p->yd + h * p->yh + w * p->yw;
    for (i64 v = first; v < last;) {
      const float *xs[TALL];
      float *ys[TALL];
      const i64 left = last - v;
      const i64 tall = left > SHORT ? TALL : SHORT;
      const i64 count = min64(tall, left);
      for (i64 t = 0; t < tall; t++) {
        xs[t] = x;
        ys[t] = y;
        if (t >= count - 1 && t + 1 < tall) continue; // no more voxels: compute the last one again
        x += p->xw;
        y += p->yw;
        if (++w < p->w) continue;
        w = 0;
        if (++h == p->h) {
          h = 0;
          if (++d == p->d) d = 0, n++;
        }
        x = p->x + n * p->xn + d * p->xd + h * p->xh;
        y = p->y + n * p->yn + d * p->yd + h * p->yh;
      }
      v += count;
#if defined(__AVX512F__)
      if (wide == 2) {
        if (tall == TALL) tile_TALL_2(p, xs, ys, from, to, count, add);
        else tile_SHORT_2(p, xs, ys, from, to, count, add);
        continue;
      }
#endif
      if (tall == TALL) tile_TALL_1(p, xs, ys, from, to, count, add);
      else tile_SHORT_1(p, xs, ys, from, to, count, add);
    }
  }
}
