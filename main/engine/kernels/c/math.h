// Elementary functions on sixteen floats, by range reduction and polynomials (Cephes' expf and logf coefficients' scheme,
// with minimax coefficients): relative error of a few 1e-7.
#pragma once
#include "base.h"

INLINE v16 exp16(v16 x) {
  x = select16(x > splat16(88.0f), splat16(88.0f), x);
  const v16i tiny = x < splat16(-87.0f);
  x = select16(tiny, splat16(-87.0f), x);
  // x = k·ln 2 + r, |r| ≤ ln 2 / 2; ln 2 in two parts.
  const v16 t = x * splat16(1.44269504f);
  const v16i k = __builtin_convertvector(t + select16(t > splat16(0), splat16(0.5f), splat16(-0.5f)), v16i);
  const v16 kf = __builtin_convertvector(k, v16);
  const v16 r = (x - kf * splat16(0.693359375f)) + kf * splat16(2.12194440e-4f);
  // The Taylor series to r^7: below 2e-8 on this range.
  v16 p = splat16(1.0f / 5040);
  p = p * r + splat16(1.0f / 720);
  p = p * r + splat16(1.0f / 120);
  p = p * r + splat16(1.0f / 24);
  p = p * r + splat16(1.0f / 6);
  p = p * r + splat16(0.5f);
  p = p * r + splat16(1.0f);
  p = p * r + splat16(1.0f);
  const v16 power = (v16)((k + 127) << 23);
  return select16(tiny, splat16(0), p * power);
}

// For positive normal numbers.
INLINE v16 log16(v16 x) {
  v16i bits = (v16i)x;
  v16i e = (bits >> 23) - 127;
  v16 m = (v16)((bits & 0x7fffff) | 0x3f800000); // 1 … 2
  const v16i big = m > splat16(1.41421356f);
  m = select16(big, m * splat16(0.5f), m);
  e -= big; // a true lane is -1
  // log m = 2 artanh s, s = (m - 1) / (m + 1), |s| ≤ 0.172
  const v16 s = (m - splat16(1)) / (m + splat16(1)), s2 = s * s;
  v16 p = splat16(2.0f / 9);
  p = p * s2 + splat16(2.0f / 7);
  p = p * s2 + splat16(2.0f / 5);
  p = p * s2 + splat16(2.0f / 3);
  const v16 ef = __builtin_convertvector(e, v16);
  return ef * splat16(0.693359375f) + (s * splat16(2) + (s * s2 * p + ef * splat16(-2.12194440e-4f)));
}

INLINE v16 sqrt16(v16 x) {
  v16 r;
  UNROLL for (int i = 0; i < 16; i++) r[i] = __builtin_sqrtf(x[i]);
  return r;
}
// True where the value is neither infinite nor NaN.
INLINE v16i finite16(v16 x) { return ((v16i)x & 0x7f800000) != 0x7f800000; }
INLINE float largest(v16 v) {
  float m = v[0];
  for (int i = 1; i < 16; i++) m = v[i] > m ? v[i] : m;
  return m;
}
