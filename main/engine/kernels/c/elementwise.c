// Elementwise kernels over flat ranges. Chunks begin at multiples of sixteen floats.
#include "call.h"
#include "math.h"
#include "volume.h"

#define EACH16(size)                                                                                     \
  for (i64 i = part(ceil_div(size, 16), chunk, chunks) * 16, end_ = part(ceil_div(size, 16), chunk + 1, chunks) * 16, \
           left = (size) - i;                                                                             \
       i < end_; i += 16, left -= 16)

KERNEL(fill, chunks_of_floats(size), 0) {
  ARGS_fill;
  REALS_fill;
  EACH16(size) store_first(f + y + i, splat16(value), left);
}

KERNEL(scale, chunks_of_floats(2 * size), 0) {
  ARGS_scale;
  REALS_scale;
  const v16 factor = splat16(a);
  EACH16(size) {
    v16 v = factor * load_first(f + x + i, left);
    if (accumulate) v += load_first(f + y + i, left);
    store_first(f + y + i, v, left);
  }
}

KERNEL(add, chunks_of_floats(3 * size), 0) {
  ARGS_add;
  EACH16(size) store_first(f + y + i, load_first(f + a + i, left) + load_first(f + b + i, left), left);
}

KERNEL(multiply, chunks_of_floats(3 * size), 0) {
  ARGS_multiply;
  EACH16(size) {
    v16 v = load_first(f + a + i, left) * load_first(f + b + i, left);
    if (accumulate) v += load_first(f + y + i, left);
    store_first(f + y + i, v, left);
  }
}

KERNEL(leakyRelu, chunks_of_floats(2 * size), 0) {
  ARGS_leakyRelu;
  REALS_leakyRelu;
  EACH16(size) store_first(f + y + i, lrelu16(load_first(f + x + i, left), splat16(slope)), left);
}

KERNEL(leakyReluGrad, chunks_of_floats(3 * size), 0) {
  ARGS_leakyReluGrad;
  REALS_leakyReluGrad;
  EACH16(size) {
    const v16i positive = load_first(f + y + i, left) > splat16(0);
    v16 v = load_first(f + dy + i, left) * select16(positive, splat16(1), splat16(slope));
    if (accumulate) v += load_first(f + dx + i, left);
    store_first(f + dx + i, v, left);
  }
}

KERNEL(squash, chunks_of_floats(4 * size), 0) {
  ARGS_squash;
  const v16 one = splat16(1), two = splat16(2);
  EACH16(size) {
    const v16 v = load_first(f + x + i, left);
    if (!kind) {
      store_first(f + y + i, one / (one + exp16(-v)), left);
      continue;
    }
    // Near zero 1 - 2/(e^2x + 1) would lose digits: there, the series.
    const v16 square = v * v;
    const v16 series = v * (one + square * (splat16(-1.0f / 3) + square * (splat16(2.0f / 15) + square * splat16(-17.0f / 315))));
    store_first(f + y + i, select16(square < splat16(0.04f), series, one - two / (exp16(two * v) + one)), left);
  }
}

KERNEL(squashGrad, chunks_of_floats(3 * size), 0) {
  ARGS_squashGrad;
  const v16 one = splat16(1);
  EACH16(size) {
    const v16 v = load_first(f + y + i, left);
    v16 g = load_first(f + dy + i, left) * (kind ? one - v * v : v * (one - v));
    if (accumulate) g += load_first(f + dx + i, left);
    store_first(f + dx + i, g, left);
  }
}
