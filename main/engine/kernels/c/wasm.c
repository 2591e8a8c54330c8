// The WebAssembly module: the same kernels and scheduler on a shared memory. Addresses are numbers to the host.
#include "schedule.h"

extern const Entry LEVEL[];
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
double JOIN(LEVEL, _peak)(i64 rounds, float seed, float *sink);

const Entry *entries_of(i64 level) {
  (void)level;
  return LEVEL;
}
void sleep_on(i32 *word, i32 value) { __builtin_wasm_memory_atomic_wait32(word, value, 100000000); }
void wake_all(i32 *word) { __builtin_wasm_memory_atomic_notify(word, 0xffffffff); }

#define EXPORT(name) __attribute__((export_name(#name)))
EXPORT(prepare) i32 wasm_prepare(Call *calls, i32 count) { return (i32)prepare(0, calls, count); }
EXPORT(run)
void wasm_run(Control *control, float *arena, float *scratch, i32 stride, const Call *calls, i32 count) {
  run_program(control, 0, arena, scratch, stride, calls, count);
}
EXPORT(help) void wasm_help(Control *control, i32 thread) { help(control, thread); }
EXPORT(peak)
double wasm_peak(i32 rounds) {
  float sink[16];
  return JOIN(LEVEL, _peak)(rounds, 1e-7f, sink);
}
// The same with vectors that nobody joins: telling whether the engine joins those of `peak`.
EXPORT(narrowPeak)
double wasm_narrow_peak(i32 rounds) {
  typedef float v4 __attribute__((vector_size(16)));
  v4 acc[8];
  float a = 1 - 1e-7f, b = 1e-7f;
  __asm__ volatile("" : "+r"(a), "+r"(b));
  UNROLL for (int i = 0; i < 8; i++) acc[i] = (v4){a, a, a, a} * (float)i;
  for (i32 r = 0; r < rounds; r++)
    UNROLL for (int i = 0; i < 8; i++) {
#if defined(__wasm_relaxed_simd__)
      acc[i] = __builtin_wasm_relaxed_madd_f32x4(acc[i], (v4){a, a, a, a}, (v4){b, b, b, b});
#else
      acc[i] = acc[i] * a + b;
#endif
    }
  v4 all = acc[0];
  for (int i = 1; i < 8; i++) all += acc[i];
  // (The sum is finite: all of it must be computed.)
  return (double)rounds * 8 * 2 * 4 + (all[0] + all[1] + all[2] + all[3] > 1e30f);
}
