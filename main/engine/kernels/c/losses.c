// Losses and softmax. Volumes with few channels are gone through sixteen voxels at a time, transposed to [C][16].
#include "call.h"
#include "math.h"
#include "volume.h"

INLINE i64 class_at(float value, i64 classes) { return value >= 0 && value < (float)classes ? (i64)value : -1; }

// rows of `count` ≤ 16 voxels [count][C] → [C][16]; the lanes that are left over repeat the last voxel.
INLINE void transpose_in(float *to, const float *from, i64 count, i64 c) {
  for (i64 j = 0; j < 16; j++)
    for (i64 o = 0; o < c; o++) to[o * 16 + j] = from[min64(j, count - 1) * c + o];
}
INLINE void transpose_out(float *to, const float *from, i64 count, i64 c) {
  for (i64 j = 0; j < count; j++)
    for (i64 o = 0; o < c; o++) to[j * c + o] = from[o * 16 + j];
}
// logits [C][16] → probabilities in place; gives the sum of exponentials and the largest logit.
INLINE v16 softmax_block(float *block, i64 c, v16 *largest_) {
  v16 most = load16(block), sum = splat16(0);
  for (i64 o = 1; o < c; o++) most = max16(load16(block + o * 16), most);
  for (i64 o = 0; o < c; o++) {
    const v16 e = exp16(load16(block + o * 16) - most);
    store16(block + o * 16, e);
    sum += e;
  }
  for (i64 o = 0; o < c; o++) store16(block + o * 16, load16(block + o * 16) / sum);
  *largest_ = most;
  return sum;
}

KERNEL(softmaxChannels, min64(n *d *h, chunks_of_floats(4 * n * d * h * w * c)), 16 * c) {
  ARGS_softmaxChannels;
  const i64 from = part(n * d * h, chunk, chunks), to = part(n * d * h, chunk + 1, chunks);
  for (i64 r = from; r < to; r++) {
    const Row row = row_at(r, d, h);
    const i64 at = voxel_at(row.n, row.d, row.h, 0, d, h, w, c);
    for (i64 v = 0; v < w; v += 16) {
      const i64 count = min64(16, w - v);
      v16 most;
      transpose_in(scratch, f + x + at + v * c, count, c);
      softmax_block(scratch, c, &most);
      transpose_out(f + y + at + v * c, scratch, count, c);
    }
  }
  zero_halo(f + y, from, to, d, h, w, c, 0, c);
}

KERNEL(softmaxCrossEntropy, 1, 0) {
  ARGS_softmaxCrossEntropy;
  i64 count = 0, right = 0;
  for (i64 r = 0; r < rows; r++) count += class_at(f[target + r], c) >= 0;
  double total = 0;
  for (i64 r = 0; r < rows; r++) {
    const i64 wanted = class_at(f[target + r], c);
    const float *from = f + logits + r * c;
    float *to = f + dlogits + r * c;
    if (wanted < 0) {
      zero(to, c);
      continue;
    }
    float most = from[0];
    i64 first = 0;
    for (i64 o = 1; o < c; o++)
      if (from[o] > most) most = from[o], first = o;
    right += first == wanted;
    const float aim = from[wanted];
    Sum16 sums = {{0}, {0}};
    for (i64 o = 0; o < c; o += 16) {
      float lanes[16];
      for (i64 i = 0; i < 16; i++) lanes[i] = o + i < c ? from[o + i] - most : -1000;
      const v16 e = exp16(load16(lanes));
      sum_add(&sums, e);
      store_first(to + o, e, c - o);
    }
    const float sum = (float)sum_all(&sums);
    total += (double)log16(splat16(sum))[0] - ((double)aim - most);
    const v16 factor = splat16((float)(1.0 / ((double)sum * (double)count)));
    for (i64 o = 0; o < c; o += 16) store_first(to + o, load_first(to + o, c - o) * factor, c - o);
    to[wanted] -= (float)(1.0 / (double)count);
  }
  f[loss] = count ? (float)(total / (double)count) : 0;
  f[correct] = count ? (float)((double)right / (double)count) : 0;
}

// --- Dice + cross-entropy ----------------------------------------------------------------------------------------------

INLINE i64 dice_sums(i64 n, i64 c, i64 perSample) { return 2 + 3 * c * (perSample ? n : 1); }

KERNEL(diceCePartial, slabs, 16 * c) {
  ARGS_diceCePartial;
  const i64 from = part(n * d * h, chunk, slabs), to = part(n * d * h, chunk + 1, slabs), size = dice_sums(n, c, perSample);
  double *sums = (double *)(f + partial) + chunk * size;
  for (i64 i = 0; i < size; i++) sums[i] = 0;
  for (i64 r = from; r < to; r++) {
    const Row row = row_at(r, d, h);
    const i64 at = voxel_at(row.n, row.d, row.h, 0, d, h, w, c);
    double *group = sums + 2 + (perSample ? row.n * c * 3 : 0);
    for (i64 v = 0; v < w; v += 16) {
      const i64 count = min64(16, w - v);
      const float *labels = f + target + r * w + v;
      v16 most;
      transpose_in(scratch, f + logits + at + v * c, count, c);
      const v16 normaliser = log16(softmax_block(scratch, c, &most)) + most;
      transpose_out(f + prob + at + v * c, scratch, count, c);
      float valid[16];
      for (i64 j = 0; j < 16; j++) {
        const i64 wanted = j < count ? class_at(labels[j], c) : -1;
        valid[j] = wanted >= 0;
        if (wanted < 0) continue;
        sums[0] += (double)normaliser[j] - f[logits + at + (v + j) * c + wanted];
        sums[1] += 1;
        group[wanted * 3] += scratch[wanted * 16 + j];
        group[wanted * 3 + 2] += 1;
      }
      const v16 mask = load16(valid);
      for (i64 o = 0; o < c; o++) {
        Sum16 sum = {{0}, {0}};
        sum_add_product(&sum, load16(scratch + o * 16), mask);
        group[o * 3 + 1] += sum_all(&sum);
      }
    }
  }
  zero_halo(f + prob, from, to, d, h, w, c, 0, c);
}

KERNEL(diceCeLoss, 1, 2 * dice_sums(n, c, perSample)) {
  ARGS_diceCeLoss;
  REALS_diceCeLoss;
  const i64 size = dice_sums(n, c, perSample);
  const double *parts = (const double *)(f + partial);
  double *total = (double *)scratch;
  for (i64 i = 0; i < size; i++) {
    total[i] = 0;
    for (i64 s = 0; s < slabs; s++) total[i] += parts[s * size + i];
    f[sums + i] = (float)total[i];
  }
  double dice = 0;
  i64 terms = 0;
  for (i64 g = 0; g < (perSample ? n : 1); g++)
    for (i64 o = 1; o < c; o++, terms++) {
      const double *t = total + 2 + (g * c + o) * 3, whole = t[1] + t[2] + smooth;
      dice += whole > 0 ? (2 * t[0] + smooth) / whole : 1;
    }
  const double ce = total[1] > 0 ? total[0] / total[1] : 0;
  f[loss] = (float)(wce * ce + wdice * (1 - (terms ? dice / (double)terms : 1)));
}

// scratch: probabilities [C][16], then d(-dice)/dp of each class outside and inside its target.
KERNEL(diceCeGrad, min64(n *d *h, chunks_of_floats(4 * n * d * h * w * c)), 18 * c) {
  ARGS_diceCeGrad;
  REALS_diceCeGrad;
  const i64 from = part(n * d * h, chunk, chunks), to = part(n * d * h, chunk + 1, chunks);
  float *outside = scratch + 16 * c, *inside = outside + c;
  const double terms = (double)((c - 1) * (perSample ? n : 1));
  const float share = wce / f[sums + 1];
  for (i64 r = from, sample = -1; r < to; r++) {
    const Row row = row_at(r, d, h);
    if (row.n != sample) {
      sample = row.n;
      for (i64 o = 0; o < c; o++) {
        const float *t = f + sums + 2 + ((perSample ? sample * c : 0) + o) * 3;
        const double whole = (double)t[1] + t[2] + smooth, both = 2.0 * t[0] + smooth;
        const double factor = o == 0 || !(whole > 0) ? 0 : -wdice / terms / (whole * whole);
        outside[o] = (float)(-factor * both);
        inside[o] = (float)(factor * (2 * whole - both));
        if (factor == 0) outside[o] = inside[o] = 0;
      }
    }
    const i64 at = voxel_at(row.n, row.d, row.h, 0, d, h, w, c);
    for (i64 v = 0; v < w; v += 16) {
      const i64 count = min64(16, w - v);
      float labels[16];
      for (i64 j = 0; j < 16; j++) labels[j] = j < count ? (float)class_at(f[target + r * w + v + j], c) : -1;
      const v16 wanted = load16(labels);
      transpose_in(scratch, f + prob + at + v * c, count, c);
      v16 mean = splat16(0);
      for (i64 o = 0; o < c; o++)
        mean += select16(wanted == splat16((float)o), splat16(inside[o]), splat16(outside[o])) * load16(scratch + o * 16);
      for (i64 o = 0; o < c; o++) {
        const v16i here = wanted == splat16((float)o);
        const v16 p = load16(scratch + o * 16);
        const v16 g = splat16(share) * (p - select16(here, splat16(1), splat16(0))) +
                      p * (select16(here, splat16(inside[o]), splat16(outside[o])) - mean);
        store16(scratch + o * 16, select16(wanted < splat16(0), splat16(0), g));
      }
      transpose_out(f + dlogits + at + v * c, scratch, count, c);
    }
  }
  zero_halo(f + dlogits, from, to, d, h, w, c, 0, c);
}

// --- masked squares ----------------------------------------------------------------------------------------------------

KERNEL(maskedSquarePartial, slabs, 0) {
  ARGS_maskedSquarePartial;
  const i64 from = part(n * d * h, chunk, slabs), to = part(n * d * h, chunk + 1, slabs);
  double squares = 0, masked = 0;
  for (i64 r = from; r < to; r++) {
    const Row row = row_at(r, d, h);
    const float *p = f + x + voxel_at(row.n, row.d, row.h, 0, d, h, w, c), *t = f + target + r * w * c, *m = f + mask + r * w;
    for (i64 v = 0; v < w; v++) {
      if (m[v] == 0) continue;
      double sum = 0;
      for (i64 o = 0; o < c; o++) {
        const double e = (double)p[v * c + o] - t[v * c + o];
        sum += e * e;
      }
      squares += m[v] * sum;
      masked += m[v];
    }
  }
  double *sums = (double *)(f + partial) + chunk * 2;
  sums[0] = squares;
  sums[1] = masked;
}

KERNEL(maskedSquareLoss, 1, 0) {
  ARGS_maskedSquareLoss;
  const double *parts = (const double *)(f + partial);
  double squares = 0, masked = 0;
  for (i64 s = 0; s < slabs; s++) {
    squares += parts[s * 2];
    masked += parts[s * 2 + 1];
  }
  f[sums] = (float)squares;
  f[sums + 1] = (float)masked;
  const double count = (double)c * masked;
  f[loss] = (float)(squares / (count > 1 ? count : 1));
}

KERNEL(maskedSquareGrad, min64(n *d *h, chunks_of_floats(3 * n * d * h * w * c)), 0) {
  ARGS_maskedSquareGrad;
  const i64 from = part(n * d * h, chunk, chunks), to = part(n * d * h, chunk + 1, chunks);
  const double count = (double)c * f[sums + 1];
  const float factor = (float)(2 / (count > 1 ? count : 1));
  for (i64 r = from; r < to; r++) {
    const Row row = row_at(r, d, h);
    const i64 at = voxel_at(row.n, row.d, row.h, 0, d, h, w, c);
    for (i64 v = 0; v < w; v++) {
      const float m = factor * f[mask + r * w + v];
      for (i64 o = 0; o < c; o++) {
        const i64 i = v * c + o;
        f[dx + at + i] = m == 0 ? 0 : m * (f[x + at + i] - f[target + r * w * c + i]);
      }
    }
  }
  zero_halo(f + dx, from, to, d, h, w, c, 0, c);
}
