// The heart of all convolutions: for each voxel v, y[v][0..channels) = Σ over pieces and l of x[v][offset(piece) + l] ·
// weights[piece, l][·]. Accumulators for TALL voxels × 16·WIDE channels stay in registers over the whole reduction.
// A 3³ convolution has nine pieces (kd, kh) of 3·Ci floats, since kw and ci lie side by side in a row of the input.
#pragma once
#include "tile.h"

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

// A tile: `tall` voxels × `wide` vectors, for the channels from `channel` on. Each pointer stands for `run` voxels that lie
// side by side: with fewer pointers than accumulators all of them stay in registers. `line`: one input channel, three
// taps; all voxels of the tile lie side by side and share their neighbours.
INLINE void product_tile(const Product *p, const float *const *x, float *const *y, i64 from, i64 to, i64 count, i64 add,
                         i64 channel, const int tall, const int wide, const int run, const int line) {
  vec acc[TALLEST][WIDE];
  UNROLL for (int t = 0; t < tall; t++) UNROLL for (int b = 0; b < wide; b++) acc[t][b] = splat_vec(0);
  const i64 length = line ? 3 : p->length, xw = line ? 1 : p->xw;
  // Vectors are narrower than the rows of the packed weights only where a row is sixteen floats.
  const i64 row = LANES < 16 ? 16 : LANES * wide;
  const float *w = p->weights + from * length * row + channel;
  for (i64 i = from; i < to; i++) {
    const i64 offset = p->offsets[i];
    const float *q[TALL];
    UNROLL for (int t = 0; t < tall / run; t++) q[t] = x[t] + offset;
    for (i64 l = 0; l < length; l++, w += row) {
      vec f[WIDE];
      UNROLL for (int b = 0; b < wide; b++) f[b] = load_vec(w + LANES * b);
      UNROLL for (int t = 0; t < tall; t++) {
        const vec s = splat_vec(q[t / run][l + t % run * xw]);
        UNROLL for (int b = 0; b < wide; b++) acc[t][b] = madd(acc[t][b], s, f[b]);
      }
    }
  }
  const i64 left = p->channels - channel;
  const float *bias = from == 0 && p->bias ? p->bias + channel : 0;
  if (count == tall && left >= LANES * wide) {
    UNROLL for (int b = 0; b < wide; b++) {
      const vec start = bias ? load_vec(bias + LANES * b) : splat_vec(0);
      UNROLL for (int t = 0; t < tall; t++) {
        float *out = y[t / run] + t % run * p->yw + channel + LANES * b;
        if (add) add_vec(out, acc[t][b] + start);
        else store_vec(out, acc[t][b] + start);
      }
    }
    return;
  }
  // The rare rest: fewer voxels or fewer channels than the tile has.
  float rest[TALLEST * LANES];
  // (A tile of two vectors has half as many voxels.)
  UNROLL for (int t = 0; t < tall; t++) UNROLL for (int b = 0; b < wide; b++) store_vec(rest + (t * wide + b) * LANES, acc[t][b]);
  for (i64 t = 0; t < count; t++) {
    float *out = y[t / run] + t % run * p->yw + channel;
    SMALL for (i64 o = 0; o < min64(left, LANES * wide); o++)
      out[o] = rest[t * LANES * wide + o] + (bias ? bias[o] : 0) + (add ? out[o] : 0);
  }
}

#define TILE(name, tall, wide, run, line)                                                                            \
  static __attribute__((noinline)) void name(const Product *p, const float *const *x, float *const *y, i64 from, \
                                             i64 to, i64 count, i64 add, i64 channel) {                          \
    product_tile(p, x, y, from, to, count, add, channel, tall, wide, run, line);                                       \
  }
TILE(tile_tall, TALL, 1, 1, 0)
TILE(tile_short, SHORT, 1, 1, 0)
TILE(tile_line, TALLEST, 1, TALLEST, 1)
#if defined(__AVX512F__)
TILE(tile_tall_wide, TALL, 2, 1, 0)
TILE(tile_short_wide, SHORT, 2, 1, 0)
TILE(tile_pairs, 2 * TALL, 1, 2, 0)
#endif

// Voxels first … last-1.
static void product(const Product *p, i64 first, i64 last) {
  const i64 wide = ceil_div(p->channels, 16);
  const i64 step = clamp64(WEIGHTS_IN_CACHE / (p->length * 16 * wide), 1, p->pieces);
  // Pairs of voxels: where one vector holds all channels, and rows and range consist of pairs. (Not for one input channel:
  // pieces of three floats are too short to pay for it.)
  const i64 pairs = WIDE == 2 && wide == 1 && p->length > 8 && p->w % 2 == 0 && first % 2 == 0 && last % 2 == 0 ? 2 : 1;
  const i64 line = LINES && wide == 1 && p->length == 3 && p->xw == 1 ? TALLEST : 0;
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
      const i64 in_line = line && left >= line && p->w - w >= line;
      const i64 run = in_line ? line : left > TALL ? pairs : 1;
      const i64 tall = in_line ? 1 : left > SHORT ? TALL : SHORT; // pointers
      const i64 count = min64(tall * run, left);
      for (i64 t = 0; t < tall; t++) {
        xs[t] = x;
        ys[t] = y;
        if ((t + 1) * run >= count && t + 1 < tall) continue; // no more voxels: compute the last ones again
        x += run * p->xw;
        y += run * p->yw;
        if ((w += run) < p->w) continue;
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
        if (tall == TALL) tile_tall_wide(p, xs, ys, from, to, count, add, 0);
        else tile_short_wide(p, xs, ys, from, to, count, add, 0);
        continue;
      }
      if (run == 2) {
        tile_pairs(p, xs, ys, from, to, count, add, 0);
        continue;
      }
#endif
      for (i64 channel = 0; channel < p->channels; channel += LANES)
        if (in_line) tile_line(p, xs, ys, from, to, count, add, channel);
        else if (tall == TALL) tile_tall(p, xs, ys, from, to, count, add, channel);
        else tile_short(p, xs, ys, from, to, count, add, channel);
    }
  }
}
