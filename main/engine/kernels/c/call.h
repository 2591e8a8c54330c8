// How a kernel is written: its arguments by the names of the kernel table, the number of chunks it falls into (any thread
// may take any chunk, at any time), and the scratch floats a thread needs for it.
#pragma once
#include "base.h"
#include "table.h" // made from table.ts: ARGS_…, REALS_…, KERNELS

typedef void Run(float *f, const i32 *ints, const double *reals, i64 chunk, i64 chunks, float *scratch);
typedef i64 Measure(const i32 *ints);
typedef struct {
  Run *run;
  Measure *chunks, *scratch;
} Entry;

// Arguments are in scope as i64 (ints) and float (reals). `f` is the arena.
#define KERNEL(name, chunks_, scratch_)                                                                       \
  static i64 name##_chunks(const i32 *ints) {                                                                 \
    ARGS_##name;                                                                                              \
    return max64(1, chunks_);                                                                                 \
  }                                                                                                           \
  static i64 name##_scratch(const i32 *ints) {                                                                \
    ARGS_##name;                                                                                              \
    return scratch_;                                                                                          \
  }                                                                                                           \
  static void name(float *f, const i32 *ints, const double *reals, i64 chunk, i64 chunks, float *scratch)

// Chunks of a kernel that goes through memory: about 64 kB each.
INLINE i64 chunks_of_floats(i64 floats) { return clamp64(floats / 16384, 1, 64); }
// Chunks of a kernel that computes: about 6 Mflop each.
INLINE i64 chunks_of_flops(i64 flops) { return clamp64(flops / 6000000, 1, 96); }
