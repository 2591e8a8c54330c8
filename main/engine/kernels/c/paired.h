// WebAssembly whose vectors of four floats the engine joins in pairs: on x64 V8 makes one 256-bit instruction of two
// neighbours where the processor has AVX2 (--experimental-wasm-revectorize). It joins loads and stores of one address at 0 and
// 16 bytes, and what lies between them, if no other store comes in between. V8 13.6 did so wrongly in softmaxCrossEntropy; so
// only the tiles of products, which load, multiply, add and store, are written to be joined, and store16 (base.h) is written
// not to be. V8 compiles the whole module once, before it first runs, so the self-test runs the very code that is used later.
#pragma once
#include "base.h"

typedef v16 vec;
typedef float v4 __attribute__((vector_size(16)));

// The second half at an address that the compiler knows nothing about, so that it, too, is at 0 and 16 bytes.
INLINE vec load_vec(const float *p) {
  const float *q = p + 8;
  __asm__("" : "+r"(q));
  const v8 low = *(const v8u *)p, high = *(const v8u *)q;
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
INLINE void store_vec(float *p, vec v) {
  float *q = p + 8;
  __asm__("" : "+r"(q));
  *(v8u *)p = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
  *(v8u *)q = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
}
INLINE void add_vec(float *p, vec v) {
  const vec old = load_vec(p);
  __asm__ volatile("" ::: "memory"); // all loads before all stores
  store_vec(p, v + old);
}
INLINE vec splat_vec(float s) { return splat16(s); }
INLINE vec madd(vec acc, vec a, vec b) {
#define MADD(...)                                                                                                        \
  __builtin_wasm_relaxed_madd_f32x4(__builtin_shufflevector(a, a, __VA_ARGS__), __builtin_shufflevector(b, b, __VA_ARGS__), \
                                    __builtin_shufflevector(acc, acc, __VA_ARGS__))
  v4 m0 = MADD(0, 1, 2, 3), m1 = MADD(4, 5, 6, 7), m2 = MADD(8, 9, 10, 11), m3 = MADD(12, 13, 14, 15);
#undef MADD
  // All four here and now: put off, they would keep their factors in registers that the accumulators need.
  __asm__ volatile("" : "+r"(m0), "+r"(m1), "+r"(m2), "+r"(m3)::"memory");
  const v8 low = __builtin_shufflevector(m0, m1, 0, 1, 2, 3, 4, 5, 6, 7);
  const v8 high = __builtin_shufflevector(m2, m3, 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
