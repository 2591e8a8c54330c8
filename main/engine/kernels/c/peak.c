// What the arithmetic units can do at best: fused multiply-adds on registers only. Returns the number of flops done.
#include "tile.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

// Enough independent sums for the latency, few enough for the registers.
enum { CHAINS = LANES < 16 ? 6 : TALL };

double JOIN(LEVEL, _peak)(i64 rounds, float seed, float *sink) {
  vec acc[CHAINS];
  UNROLL for (int i = 0; i < CHAINS; i++) acc[i] = splat_vec(seed * (float)i);
  const vec a = splat_vec(1 - seed), b = splat_vec(seed);
  for (i64 r = 0; r < rounds; r++) UNROLL for (int i = 0; i < CHAINS; i++) acc[i] = madd(b, acc[i], a);
  vec all = acc[0];
  for (int i = 1; i < CHAINS; i++) all += acc[i];
  store_vec(sink, all);
  return (double)rounds * CHAINS * 2 * LANES;
}
