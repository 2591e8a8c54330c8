// Gradient norm, AdamW, SGD with Nesterov momentum, over one flat range of parameters.
#include "call.h"
#include "math.h"

KERNEL(squareSumPartial, slabs, 0) {
  ARGS_squareSumPartial;
  const i64 blocks = ceil_div(size, 16), to = part(blocks, chunk + 1, slabs);
  Sum16 squares = {{0}, {0}};
  v16i finite = {0}; // minus the number of finite values
  const i64 from = part(blocks, chunk, slabs);
  for (i64 b = from; b < to; b++) {
    v16 v = load_first(f + g + b * 16, size - b * 16);
    const v16i good = finite16(v);
    v = select16(good, v, splat16(0));
    finite += good;
    sum_add_product(&squares, v, v);
  }
  i64 broken = (to - from) * 16;
  for (int i = 0; i < 16; i++) broken += finite[i];
  double *sums = (double *)(f + partial) + chunk * 2;
  sums[0] = sum_all(&squares);
  sums[1] = (double)broken;
}

KERNEL(squareSum, 1, 0) {
  ARGS_squareSum;
  const double *parts = (const double *)(f + partial);
  double squares = 0, broken = 0;
  for (i64 s = 0; s < slabs; s++) {
    squares += parts[s * 2];
    broken += parts[s * 2 + 1];
  }
  f[norm] = broken > 0 ? __builtin_nanf("") : (float)__builtin_sqrt(squares);
}

// What the gradient is multiplied by; false: this step changes nothing.
INLINE i32 gradient_factor(const float *f, i64 norm, i64 groupScale, float clip, float *factor) {
  *factor = 1;
  if (groupScale >= 0 && f[groupScale] == 0) return 0;
  if (norm < 0) return 1;
  const float size = f[norm];
  if (!(size - size == 0)) return 0;
  if (clip > 0 && size > clip) *factor = clip / size;
  return 1;
}

KERNEL(adamW, chunks_of_floats(2 * size), 0) {
  ARGS_adamW;
  REALS_adamW;
  float factor;
  if (!gradient_factor(f, norm, groupScale, clip, &factor)) return;
  const float rate = f[schedule] * (groupScale < 0 ? 1 : f[groupScale]);
  const v16 keep1 = splat16(beta1), add1 = splat16((float)(1 - reals[0]) * factor);
  const v16 keep2 = splat16(beta2), add2 = splat16((float)((1 - reals[1]) * factor * factor));
  // step = m/c1 / (sqrt(v/c2) + ε) = m·(sqrt c2 / c1) / (sqrt v + ε·sqrt c2)
  const double root = __builtin_sqrt((double)f[schedule + 2]);
  const v16 stepRate = splat16((float)(rate * root / f[schedule + 1])), floor = splat16((float)(reals[2] * root));
  const v16 shrink = splat16((float)(1.0 - (double)rate * reals[3]));
  const i64 blocks = ceil_div(size, 16), to = part(blocks, chunk + 1, chunks);
  for (i64 b = part(blocks, chunk, chunks); b < to; b++) {
    const i64 i = b * 16, left = size - i;
    const v16 gradient = load_first(f + g + i, left);
    const v16 first = keep1 * load_first(f + m + i, left) + add1 * gradient;
    const v16 second = keep2 * load_first(f + v + i, left) + add2 * gradient * gradient;
    store_first(f + m + i, first, left);
    store_first(f + v + i, second, left);
    store_first(f + p + i, load_first(f + p + i, left) * shrink - stepRate * first / (sqrt16(second) + floor), left);
  }
}

KERNEL(sgdNesterov, chunks_of_floats(2 * size), 0) {
  ARGS_sgdNesterov;
  REALS_sgdNesterov;
  float factor;
  if (!gradient_factor(f, norm, groupScale, clip, &factor)) return;
  const v16 rate = splat16(f[schedule] * (groupScale < 0 ? 1 : f[groupScale]));
  const v16 scale = splat16(factor), pull = splat16(decay), keep = splat16(momentum);
  const i64 blocks = ceil_div(size, 16), to = part(blocks, chunk + 1, chunks);
  for (i64 b = part(blocks, chunk, chunks); b < to; b++) {
    const i64 i = b * 16, left = size - i;
    const v16 value = load_first(f + p + i, left);
    const v16 gradient = load_first(f + g + i, left) * scale + value * pull;
    const v16 velocity = keep * load_first(f + m + i, left) + gradient;
    store_first(f + m + i, velocity, left);
    store_first(f + p + i, value - rate * (gradient + keep * velocity), left);
  }
}
