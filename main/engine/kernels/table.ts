/**
 * The kernels that every executor must have: their names, integer arguments and real arguments, in order.
 *
 * A program is a list of `KernelCall`s over one arena of float32 values. A tensor is an offset into the arena, counted in
 * floats and a multiple of 16 (64 bytes). -1 as an offset means "absent".
 *
 * Layouts
 * - *volume* `[N, D, H, W, C]`: stored with a halo of one voxel on each side of D, H and W, that is as
 *   `[N, D+2, H+2, W+2, C]`, channels fastest. The halo is always zero, so no kernel tests for borders: whoever writes a
 *   volume writes its halo too, also where the arena was used by something else before.
 * - *matrix* `[R, C]` and *vector* `[C]`: dense, row-major, no halo.
 * - *filter* `[kd, kh, kw, Ci, Co]`: dense. Each of kd, kh, kw is 1 or 3; padding is (k-1)/2 ("same").
 *
 * "accumulate" (0 or 1) adds to what the output holds instead of replacing it; for volumes the halo stays zero.
 * Sums over many values (statistics, losses, norms, bias gradients) are done in double precision.
 * One call is shared by all threads; a kernel that needs two passes is two calls, because there is a barrier between calls
 * only. A `*Partial` kernel cuts its work into ranges that depend on its shape alone and writes one slab of sums per range
 * into `partial`; the next kernel adds the slabs up in order: same result whichever thread did what. sizes.ts says how many
 * slabs (`partialSlabs`, passed on as `slabs`) and how many floats in all (`partialSize`).
 */
export const kernels = {
  // --- convolution -------------------------------------------------------------------------------------------------
  /** Pack filters for `conv`: dense [taps, Ci, Co] → executor's own order. transpose=1: for the input gradient (taps flipped, Ci and Co swapped). */
  packFilter: { ints: ['filter', 'packed', 'taps', 'ci', 'co', 'transpose'], reals: [] },
  /** y[n,od,oh,ow,co] = bias[co] + Σ x[n, od·sd+kd-pd, …, ci]·w. d,h,w = OUTPUT size; xd,xh,xw = input size; bias may be -1. */
  conv: {
    ints: [
      'x',
      'packed',
      'bias',
      'y',
      'n',
      'd',
      'h',
      'w',
      'ci',
      'co',
      'kd',
      'kh',
      'kw',
      'sd',
      'sh',
      'sw',
      'xd',
      'xh',
      'xw',
      'accumulate',
    ],
    reals: [],
  },
  /** Gradient of a strided conv with respect to its input (stride 1 uses `conv` with a transposed pack). Sizes as in `conv`; writes dx [N, xd,xh,xw, ci]. */
  convInputGradStrided: {
    ints: [
      'dy',
      'filter',
      'dx',
      'n',
      'd',
      'h',
      'w',
      'ci',
      'co',
      'kd',
      'kh',
      'kw',
      'sd',
      'sh',
      'sw',
      'xd',
      'xh',
      'xw',
      'accumulate',
    ],
    reals: [],
  },
  /** Partial filter gradients, slabs [taps,Ci,Co] in `partial`. */
  convFilterGradPartial: {
    ints: ['x', 'dy', 'partial', 'n', 'd', 'h', 'w', 'ci', 'co', 'kd', 'kh', 'kw', 'sd', 'sh', 'sw', 'xd', 'xh', 'xw'],
    reals: [],
  },
  /** dw = Σ over the `slabs` partials. size = floats per slab. */
  reducePartials: { ints: ['partial', 'out', 'size', 'slabs', 'accumulate'], reals: [] },
  /** Transposed conv, kernel = stride = (sd,sh,sw), each 1 or 2: filter [sd,sh,sw,ci,co]. d,h,w = INPUT size, output is d·sd ×…; bias may be -1. */
  convTransposed: { ints: ['x', 'filter', 'bias', 'y', 'n', 'd', 'h', 'w', 'ci', 'co', 'sd', 'sh', 'sw'], reals: [] },
  convTransposedInputGrad: {
    ints: ['dy', 'filter', 'dx', 'n', 'd', 'h', 'w', 'ci', 'co', 'sd', 'sh', 'sw', 'accumulate'],
    reals: [],
  },
  convTransposedFilterGradPartial: {
    ints: ['x', 'dy', 'partial', 'n', 'd', 'h', 'w', 'ci', 'co', 'sd', 'sh', 'sw'],
    reals: [],
  },
  /** Bias gradient: out[c] = Σ over n and voxels of dy. */
  volumeChannelSumPartial: { ints: ['x', 'partial', 'n', 'd', 'h', 'w', 'c'], reals: [] },

  // --- normalisation, fused with leaky ReLU ------------------------------------------------------------------------
  /**
   * Sums for normalisation: partial, per slab and per sample n and channel c, of Σx and Σx² as doubles
   * (2 doubles = 4 floats for each n, c; shifted by a value of the channel where that is needed for precision).
   */
  normStatsPartial: { ints: ['x', 'partial', 'n', 'd', 'h', 'w', 'c'], reals: [] },
  /** mean, inverse deviation → stats [N, C, 2]. batch=1: statistics over the whole batch (batch norm), the same in each n. */
  normStats: { ints: ['partial', 'stats', 'n', 'voxels', 'c', 'slabs', 'batch'], reals: ['epsilon'] },
  /** y = lrelu(gamma·(x-mean)·inv + beta); slope 1 = no activation. x and y may be the same. gamma (1) and beta (0) may be -1. */
  normApply: { ints: ['x', 'stats', 'gamma', 'beta', 'y', 'n', 'd', 'h', 'w', 'c'], reals: ['slope'] },
  /** With g = dy·lrelu'(·): per n and c partial doubles of Σg and Σg·x̂ (4 floats each n, c, per slab). The activation's sign is taken from y. */
  normGradPartial: { ints: ['x', 'stats', 'y', 'dy', 'partial', 'n', 'd', 'h', 'w', 'c'], reals: ['slope'] },
  /** Reduce to sums [N, C, 2]; dgamma [C] and dbeta [C] (either may be -1) are their totals over n. */
  normGradSums: { ints: ['partial', 'sums', 'dgamma', 'dbeta', 'n', 'c', 'slabs'], reals: [] },
  /** dx of normalise + lrelu. batch=1: sums are taken over the batch. */
  normGradApply: {
    ints: ['x', 'stats', 'gamma', 'y', 'dy', 'sums', 'dx', 'n', 'd', 'h', 'w', 'c', 'batch', 'accumulate'],
    reals: ['slope'],
  },

  // --- volumes -----------------------------------------------------------------------------------------------------
  /** Dense [N,D,H,W,C] → volume with halo, and back. */
  padVolume: { ints: ['dense', 'y', 'n', 'd', 'h', 'w', 'c'], reals: [] },
  unpadVolume: { ints: ['x', 'dense', 'n', 'd', 'h', 'w', 'c', 'accumulate'], reals: [] },
  /** Max pooling with window = stride = (sd,sh,sw), each 1 or 2; d,h,w = OUTPUT size (input is the product, or one more: rest dropped). xd.. = input size. */
  maxPool: { ints: ['x', 'y', 'n', 'd', 'h', 'w', 'c', 'sd', 'sh', 'sw', 'xd', 'xh', 'xw'], reals: [] },
  /** The gradient goes to the first maximum of each window (in memory order). */
  maxPoolGrad: {
    ints: ['x', 'y', 'dy', 'dx', 'n', 'd', 'h', 'w', 'c', 'sd', 'sh', 'sw', 'xd', 'xh', 'xw', 'accumulate'],
    reals: [],
  },
  /** y[..., yc+i] = x[..., xc+i], i < c. xC, yC = channels of the two volumes. Only these channels of y are written (and their halo). Concat, slice and their gradients. */
  copyChannels: { ints: ['x', 'y', 'n', 'd', 'h', 'w', 'xC', 'yC', 'xc', 'yc', 'c', 'accumulate'], reals: [] },
  /** Mean over voxels: volume → matrix [N, C]; and its gradient. */
  globalMean: { ints: ['x', 'y', 'n', 'd', 'h', 'w', 'c'], reals: [] },
  globalMeanGrad: { ints: ['dy', 'dx', 'n', 'd', 'h', 'w', 'c', 'accumulate'], reals: [] },

  // --- elementwise over `size` floats (halo included: 0 maps to 0) ---------------------------------------------------
  fill: { ints: ['y', 'size'], reals: ['value'] },
  /** y = a·x (+ y if accumulate). */
  scale: { ints: ['x', 'y', 'size', 'accumulate'], reals: ['a'] },
  add: { ints: ['a', 'b', 'y', 'size'], reals: [] },
  /** y = a·b elementwise (+ y). */
  multiply: { ints: ['a', 'b', 'y', 'size', 'accumulate'], reals: [] },
  leakyRelu: { ints: ['x', 'y', 'size'], reals: ['slope'] },
  leakyReluGrad: { ints: ['y', 'dy', 'dx', 'size', 'accumulate'], reals: ['slope'] },
  /** kind 0 sigmoid, 1 tanh; gradients from y. */
  squash: { ints: ['x', 'y', 'size', 'kind'], reals: [] },
  squashGrad: { ints: ['y', 'dy', 'dx', 'size', 'kind', 'accumulate'], reals: [] },

  // --- matrices ----------------------------------------------------------------------------------------------------
  /** c[m,n] = op(a)·op(b) (+ bias[n]) (+ c). transposeA: a is stored [k,m]; transposeB: b is stored [n,k]. bias may be -1. */
  matmul: { ints: ['a', 'b', 'bias', 'c', 'm', 'n', 'k', 'transposeA', 'transposeB', 'accumulate'], reals: [] },
  /** out[c] = Σ over rows (+ out). */
  rowSum: { ints: ['x', 'out', 'rows', 'c', 'accumulate'], reals: [] },
  /** y[i,:] = x[index[i],:]; index is a float vector of whole numbers. Gradient adds into dx, which the caller has filled with zero. */
  gatherRows: { ints: ['x', 'index', 'y', 'rows', 'c', 'xRows'], reals: [] },
  gatherRowsGrad: { ints: ['dy', 'index', 'dx', 'rows', 'c', 'xRows'], reals: [] },
  /** y[:, yc+i] = x[:, xc+i], i < c (concat and slice of columns, and their gradients). */
  copyColumns: { ints: ['x', 'y', 'rows', 'xC', 'yC', 'xc', 'yc', 'c', 'accumulate'], reals: [] },
  /** Rows to unit length; norms [R] kept for the gradient. */
  normaliseRows: { ints: ['x', 'y', 'norms', 'rows', 'c'], reals: ['epsilon'] },
  normaliseRowsGrad: { ints: ['y', 'norms', 'dy', 'dx', 'rows', 'c', 'accumulate'], reals: ['epsilon'] },

  // --- losses: each writes a scalar and the gradient of that scalar with respect to its input -------------------------
  /** Softmax cross-entropy, mean over rows whose target is in 0..C-1 (others are ignored). target [R] of whole numbers. Writes dlogits, loss[1], correct[1] = share of rows whose first maximum is the target. */
  softmaxCrossEntropy: { ints: ['logits', 'target', 'dlogits', 'loss', 'correct', 'rows', 'c'], reals: [] },
  /**
   * Dice + cross-entropy over voxels, pass 1. logits volume [N,D,H,W,C], target dense [N,D,H,W] of whole numbers (255 or
   * any value outside 0..C-1: ignored). Writes probabilities (volume, halo 0) and, per slab, doubles: Σ ce, Σ count, and
   * for each class Σp·t, Σp, Σt (over the whole batch when perSample=0, else for each n).
   */
  diceCePartial: { ints: ['logits', 'target', 'prob', 'partial', 'n', 'd', 'h', 'w', 'c', 'perSample'], reals: [] },
  /** Pass 2: loss[1] = wce·ce + wdice·(1 - mean soft Dice over the foreground classes (and samples) ), dice = (2Σpt+s)/(Σp+Σt+s); sums kept for pass 3 (`diceSumsSize` floats). A class that is nowhere, with s = 0, has Dice 1. */
  diceCeLoss: { ints: ['partial', 'sums', 'loss', 'n', 'c', 'slabs', 'perSample'], reals: ['wce', 'wdice', 'smooth'] },
  /** Pass 3: dlogits (volume, halo 0). */
  diceCeGrad: {
    ints: ['prob', 'target', 'sums', 'dlogits', 'n', 'd', 'h', 'w', 'c', 'perSample'],
    reals: ['wce', 'wdice', 'smooth'],
  },
  /** Σ mask·(x-target)² and Σ mask per slab (doubles); x volume [N,D,H,W,C], target and mask dense. mask is per voxel [N,D,H,W]. */
  maskedSquarePartial: { ints: ['x', 'target', 'mask', 'partial', 'n', 'd', 'h', 'w', 'c'], reals: [] },
  /** loss[1] = Σ mask·(x-target)² / max(1, C·Σ mask); sums [2] kept. */
  maskedSquareLoss: { ints: ['partial', 'sums', 'loss', 'c', 'slabs'], reals: [] },
  maskedSquareGrad: { ints: ['x', 'target', 'mask', 'sums', 'dx', 'n', 'd', 'h', 'w', 'c'], reals: [] },
  /** Softmax over channels of a volume (inference). */
  softmaxChannels: { ints: ['x', 'y', 'n', 'd', 'h', 'w', 'c'], reals: [] },

  // --- optimiser over one flat parameter area (all parameters lie side by side, `size` floats) -------------------------
  /** Per slab Σg² and a count of non-finite values (doubles). */
  squareSumPartial: { ints: ['g', 'partial', 'size'], reals: [] },
  /** norm[1] = sqrt Σg² (NaN if any value is not finite). */
  squareSum: { ints: ['partial', 'norm', 'slabs'], reals: [] },
  /**
   * AdamW. rate[size]-free: `schedule` points at [rate, 1-beta1^t, 1-beta2^t], written by the host before each step. The
   * gradient is scaled by min(1, clip/norm) (clip 0 = off). A non-finite norm leaves all as it is; norm may be -1 (no clipping). groupScale points at one
   * float by which this parameter range's rate is multiplied (0 = frozen: nothing changes, moments neither); it may be -1 (1).
   */
  adamW: {
    ints: ['p', 'g', 'm', 'v', 'norm', 'schedule', 'groupScale', 'size'],
    reals: ['beta1', 'beta2', 'epsilon', 'decay', 'clip'],
  },
  /** SGD with Nesterov momentum; schedule points at [rate, ·, ·]. */
  sgdNesterov: {
    ints: ['p', 'g', 'm', 'norm', 'schedule', 'groupScale', 'size'],
    reals: ['momentum', 'decay', 'clip'],
  },
} as const satisfies Record<string, { ints: readonly string[]; reals: readonly string[] }>

export type KernelName = keyof typeof kernels

/** One call. `ints` and `reals` are in the order of the table. */
export interface KernelCall {
  readonly kernel: KernelName
  readonly ints: readonly number[]
  readonly reals: readonly number[]
}

/** Floats that `packFilter` writes for a filter: Co rounded up to a whole number of 16-channel blocks. */
export const packedFilterSize = (taps: number, ci: number, co: number): number => taps * ci * Math.ceil(co / 16) * 16
/** Floats of a volume with its halo. */
export const volumeSize = (n: number, d: number, h: number, w: number, c: number): number =>
  n * (d + 2) * (h + 2) * (w + 2) * c
/** Offsets are multiples of this many floats. */
export const alignment = 16
