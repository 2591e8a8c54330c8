// The Node-API addon: the same binary serves Node and Electron.
#include "schedule.h"
#include "system.h"

#define NAPI_VERSION 8
#include <node_api.h>

#if defined(__x86_64__)
extern const Entry kernels_sse[], kernels_avx2[], kernels_avx512[];
double kernels_sse_peak(i64, float, float *), kernels_avx2_peak(i64, float, float *), kernels_avx512_peak(i64, float, float *);
static const Entry *const levels[] = {kernels_sse, kernels_avx2, kernels_avx512};
static double (*const peaks[])(i64, float, float *) = {kernels_sse_peak, kernels_avx2_peak, kernels_avx512_peak};

static void cpuid(u32 leaf, u32 sub, u32 *r) {
  __asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(sub));
}
// The best instruction set that both the processor and the system (it must save the registers) support; -1: none.
static i64 best_level(void) {
  u32 r[4], low, high;
  cpuid(0, 0, r);
  const u32 leaves = r[0];
  cpuid(1, 0, r);
  const u32 features = r[2];
  if (!(features & 1u << 19)) return -1; // SSE4.1
  if (!(features & 1u << 27) || leaves < 7) return 0; // OSXSAVE
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  cpuid(7, 0, r);
  if ((low & 6) != 6 || !(features & 1u << 12) || !(features & 1u << 28) || !(r[1] & 1u << 5)) return 0; // FMA, AVX, AVX2
  const u32 avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; // F, DQ, BW, VL
  return (low & 0xe6) == 0xe6 && (r[1] & avx512) == avx512 ? 2 : 1;
}
#else
extern const Entry kernels_neon[];
double kernels_neon_peak(i64, float, float *);
static const Entry *const levels[] = {kernels_neon};
static double (*const peaks[])(i64, float, float *) = {kernels_neon_peak};
static i64 best_level(void) { return 0; }
#endif

const Entry *entries_of(i64 level) { return levels[level]; }

enum { MOST = 8 };
typedef struct {
  napi_value values[MOST];
} Arguments;

INLINE Arguments arguments(napi_env env, napi_callback_info info) {
  Arguments a;
  size_t count = MOST;
  NODE(napi_get_cb_info)(env, info, &count, a.values, 0, 0);
  return a;
}
INLINE i64 number(napi_env env, napi_value value) {
  double d = 0;
  NODE(napi_get_value_double)(env, value, &d);
  return (i64)d;
}
// The address of a typed array's memory (also of a SharedArrayBuffer's).
INLINE void *address(napi_env env, napi_value value) {
  napi_typedarray_type type;
  size_t length, offset;
  void *data = 0;
  napi_value buffer;
  if (NODE(napi_get_typedarray_info)(env, value, &type, &length, &data, &buffer, &offset) != napi_ok) return 0;
  return data;
}
INLINE napi_value result(napi_env env, double value) {
  napi_value v;
  NODE(napi_create_double)(env, value, &v);
  return v;
}

// bestLevel(): number
static napi_value js_best_level(napi_env env, napi_callback_info info) {
  (void)info;
  return result(env, (double)best_level());
}
// address(view): number
static napi_value js_address(napi_env env, napi_callback_info info) {
  return result(env, (double)(u64)address(env, arguments(env, info).values[0]));
}
// prepare(level, program, calls): scratch floats per thread
static napi_value js_prepare(napi_env env, napi_callback_info info) {
  const Arguments a = arguments(env, info);
  return result(env, (double)prepare(number(env, a.values[0]), address(env, a.values[1]), number(env, a.values[2])));
}
// run(control, level, arena, scratch, scratch floats per thread, program, calls)
static napi_value js_run(napi_env env, napi_callback_info info) {
  const Arguments a = arguments(env, info);
  run_program(address(env, a.values[0]), number(env, a.values[1]), address(env, a.values[2]), address(env, a.values[3]),
              number(env, a.values[4]), address(env, a.values[5]), number(env, a.values[6]));
  return 0;
}
// help(control, thread)
static napi_value js_help(napi_env env, napi_callback_info info) {
  const Arguments a = arguments(env, info);
  help(address(env, a.values[0]), number(env, a.values[1]));
  return 0;
}
// peak(level, rounds): flops done
static napi_value js_peak(napi_env env, napi_callback_info info) {
  const Arguments a = arguments(env, info);
  float sink[16];
  return result(env, peaks[number(env, a.values[0])](number(env, a.values[1]), 1e-7f, sink));
}

static void export_function(napi_env env, napi_value exports, const char *name, napi_callback f) {
  napi_value v;
  NODE(napi_create_function)(env, name, NAPI_AUTO_LENGTH, f, 0, &v);
  NODE(napi_set_named_property)(env, exports, name, v);
}

NAPI_MODULE_EXPORT int32_t node_api_module_get_api_version_v1(void) { return NAPI_VERSION; }
NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  if (!find_node()) return exports;
  export_function(env, exports, "bestLevel", js_best_level);
  export_function(env, exports, "address", js_address);
  export_function(env, exports, "prepare", js_prepare);
  export_function(env, exports, "run", js_run);
  export_function(env, exports, "help", js_help);
  export_function(env, exports, "peak", js_peak);
  return exports;
}
