// What the arithmetic units can do at best: fused multiply-adds on registers only. Returns the number of flops done.
#include "base.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

#if defined(__AVX512F__) || defined(__aarch64__)
enum { CHAINS = 12 };
#elif defined(__AVX2__)
enum { CHAINS = 6 };
#else
enum { CHAINS = 3 };
#endif

double JOIN(LEVEL, _peak)(i64 rounds, float seed, float *sink) {
  v16 acc[CHAINS];
  UNROLL for (int i = 0; i < CHAINS; i++) acc[i] = splat16(seed * (float)i);
  const v16 a = splat16(1 - seed), b = splat16(seed);
  for (i64 r = 0; r < rounds; r++) UNROLL for (int i = 0; i < CHAINS; i++) acc[i] = madd(b, acc[i], a);
  v16 all = acc[0];
  for (int i = 1; i < CHAINS; i++) all += acc[i];
  store16(sink, all);
  return (double)rounds * CHAINS * 32;
}
