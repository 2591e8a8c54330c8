// What one instruction set keeps in its registers: accumulators of TALL rows × WIDE vectors of LANES floats, beside the WIDE
// vectors and the one broadcast value they are multiplied by.
#pragma once
#include "base.h"

#if defined(__AVX512F__)
enum { LANES = 16, TALL = 12, SHORT = 4, WIDE = 2 }; // 24 of 32 registers
#elif defined(__AVX2__) || defined(__aarch64__) || defined(PAIRED)
enum { LANES = 16, TALL = 6, SHORT = 3, WIDE = 1 }; // 12 of 16 registers, 24 of 32
#else
enum { LANES = 8, TALL = 6, SHORT = 2, WIDE = 1 }; // 12 of 16 registers
#endif

// Accumulators of one vector: as many as of WIDE vectors.
enum { TALLEST = TALL * WIDE };

// Whether a tile of voxels side by side (product.h) is worth it: with AVX2's 16 registers it is slower.
#if defined(__AVX2__) && !defined(__AVX512F__)
enum { LINES = 0 };
#else
enum { LINES = 1 };
#endif

// Channels that are computed together: the filter of such a group is packed as [rows][16 or 32].
enum { GROUP = 16 * WIDE };

#if defined(PAIRED)
#include "paired.h"
#elif defined(__AVX512F__) || defined(__AVX2__) || defined(__aarch64__)
typedef v16 vec;
INLINE vec load_vec(const float *p) { return load16(p); }
INLINE void store_vec(float *p, vec v) { store16(p, v); }
INLINE void add_vec(float *p, vec v) { store16(p, v + load16(p)); }
INLINE vec splat_vec(float s) { return splat16(s); }
INLINE vec madd(vec acc, vec a, vec b) { return acc + a * b; } // contracted to a fused multiply-add
#else
typedef v8 vec;
INLINE vec load_vec(const float *p) { return *(const v8u *)p; }
INLINE void store_vec(float *p, vec v) { *(v8u *)p = v; }
INLINE void add_vec(float *p, vec v) { *(v8u *)p += v; }
INLINE vec splat_vec(float s) { return (vec){s, s, s, s, s, s, s, s}; }
#if defined(__wasm_relaxed_simd__) // must be asked for a fused multiply-add
INLINE vec madd(vec acc, vec a, vec b) {
#define MADD(...)                                                                                                        \
  __builtin_wasm_relaxed_madd_f32x4(__builtin_shufflevector(a, a, __VA_ARGS__), __builtin_shufflevector(b, b, __VA_ARGS__), \
                                    __builtin_shufflevector(acc, acc, __VA_ARGS__))
  return __builtin_shufflevector(MADD(0, 1, 2, 3), MADD(4, 5, 6, 7), 0, 1, 2, 3, 4, 5, 6, 7);
#undef MADD
}
#else
INLINE vec madd(vec acc, vec a, vec b) { return acc + a * b; }
#endif
#endif
