// Types and vectors for all kernels. No libc: the same source becomes the addon of each platform and WebAssembly.
#pragma once
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

typedef int i32;
typedef unsigned u32;
typedef long long i64;
typedef unsigned long long u64;

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
// For the rare rest of a range: small code.
#define SMALL _Pragma("clang loop unroll(disable) vectorize(disable)")

// Sixteen floats: one register of AVX-512, two of AVX2, four of NEON, SSE and WebAssembly; the compiler splits them.
typedef float v16 __attribute__((vector_size(64)));
typedef float v16u __attribute__((vector_size(64), aligned(4), may_alias));
typedef i32 v16i __attribute__((vector_size(64)));
typedef float v8 __attribute__((vector_size(32)));
typedef float v8u __attribute__((vector_size(32), aligned(4), may_alias));
typedef double v8d __attribute__((vector_size(64)));
typedef double v8du __attribute__((vector_size(64), aligned(8), may_alias));

INLINE v16 load16(const float *p) { return *(const v16u *)p; }
#if defined(PAIRED) // four stores that the engine does not join (paired.h)
INLINE void store16(float *p, v16 v) {
  typedef float v4u __attribute__((vector_size(16), aligned(4), may_alias));
#define QUARTER(i)                                                                          \
  *(v4u *)p = __builtin_shufflevector(v, v, 4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3);        \
  p += 4;                                                                                   \
  __asm__("" : "+r"(p))
  QUARTER(0);
  QUARTER(1);
  QUARTER(2);
  QUARTER(3);
#undef QUARTER
}
#else
INLINE void store16(float *p, v16 v) { *(v16u *)p = v; }
#endif
INLINE v16 splat16(float s) { return (v16){s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s}; }

// The first `count` lanes of memory; the others are zero.
INLINE v16 load_first(const float *p, i64 count) {
  if (count >= 16) return load16(p);
#if defined(__AVX512F__)
  return (v16)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
#endif
  float v[16] = {0};
  SMALL for (i64 i = 0; i < count; i++) v[i] = p[i];
  return load16(v);
}
INLINE void store_first(float *p, v16 v, i64 count) {
  if (count >= 16) {
    store16(p, v);
    return;
  }
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
  return;
#endif
  float q[16];
  store16(q, v);
  SMALL for (i64 i = 0; i < count; i++) p[i] = q[i];
}

INLINE v16 select16(v16i mask, v16 yes, v16 no) { return (v16)((mask & (v16i)yes) | (~mask & (v16i)no)); }
INLINE v16 max16(v16 a, v16 b) { return select16(a > b, a, b); }
INLINE v16 lrelu16(v16 v, v16 slope) { return select16(v > splat16(0), v, v * slope); }

// Sums over many values are kept in double.
typedef struct {
  v8d low, high;
} Sum16;
INLINE v8d low16(v16 v) { return __builtin_convertvector(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7), v8d); }
INLINE v8d high16(v16 v) {
  return __builtin_convertvector(__builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15), v8d);
}
INLINE void sum_add(Sum16 *sum, v16 v) {
  sum->low += low16(v);
  sum->high += high16(v);
}
INLINE void sum_add_product(Sum16 *sum, v16 a, v16 b) {
  sum->low += low16(a) * low16(b);
  sum->high += high16(a) * high16(b);
}
INLINE double sum_lane(const Sum16 *sum, i64 i) { return i < 8 ? sum->low[i] : sum->high[i - 8]; }
INLINE double sum_all(const Sum16 *sum) {
  double all = 0;
  for (i64 i = 0; i < 8; i++) all += sum->low[i] + sum->high[i];
  return all;
}

INLINE i64 min64(i64 a, i64 b) { return a < b ? a : b; }
INLINE i64 max64(i64 a, i64 b) { return a > b ? a : b; }
INLINE i64 clamp64(i64 v, i64 low, i64 high) { return max64(low, min64(v, high)); }
INLINE i64 ceil_div(i64 a, i64 b) { return (a + b - 1) / b; }
// Start of part `i` of `parts` equal parts of `total`; part i ends where part i + 1 starts.
INLINE i64 part(i64 total, i64 i, i64 parts) { return total * i / parts; }
