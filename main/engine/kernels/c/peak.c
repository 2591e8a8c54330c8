// What the arithmetic units can do at best: fused multiply-adds on registers only. Returns the number of flops done.
#include "tile.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

// Enough independent sums for the latency, few enough for the registers.
enum { CHAINS = LANES < 16 ? 6 : TALL };

double JOIN(LEVEL, _peak)(i64 rounds, float seed, float *sink) {
  // Through memory: vectors that the compiler knows nothing about.
  for (int i = 0; i < LANES; i++) sink[i] = 1 - seed;
  __asm__ volatile("" ::: "memory");
  const vec a = load_vec(sink), b = splat_vec(1e-7f);
  vec acc[CHAINS];
  UNROLL for (int i = 0; i < CHAINS; i++) acc[i] = a * splat_vec((float)i);
  for (i64 r = 0; r < rounds; r++) UNROLL for (int i = 0; i < CHAINS; i++) acc[i] = madd(b, acc[i], a);
  vec all = acc[0];
  for (int i = 1; i < CHAINS; i++) all += acc[i];
  store_vec(sink, all);
  return (double)rounds * CHAINS * 2 * LANES;
}
