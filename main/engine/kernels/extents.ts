import { diceSumsSize, partialSize } from './sizes.ts'
import { kernels, packedFilterSize, volumeSize, type KernelCall, type KernelName } from './table.ts'

/** The arguments of a call by name. */
type Args = Readonly<Record<string, number>>
/** Floats behind each of a kernel's offsets; they must lie inside the arena. */
type Extents = (i: Args) => Readonly<Record<string, number>>

const out = (i: Args, c: number): number => volumeSize(i.n, i.d, i.h, i.w, c)
const input = (i: Args, c: number): number => volumeSize(i.n, i.xd, i.xh, i.xw, c)
const up = (i: Args, c: number): number => volumeSize(i.n, i.d * i.sd, i.h * i.sh, i.w * i.sw, c)
const dense = (i: Args, c: number): number => i.n * i.d * i.h * i.w * c
const taps = (i: Args): number => i.kd * i.kh * i.kw
const same =
  (...names: string[]): Extents =>
  (i) =>
    Object.fromEntries(names.map((name) => [name, i.size]))
const volumes =
  (...names: string[]): Extents =>
  (i) =>
    Object.fromEntries(names.map((name) => [name, out(i, i.c)]))

/** What each kernel reads and writes. Kernels of partial sums have their `partial` from sizes.ts. */
const table: Readonly<Record<KernelName, Extents>> = {
  packFilter: (i) => ({
    filter: i.taps * i.ci * i.co,
    packed: i.transpose ? packedFilterSize(i.taps, i.co, i.ci) : packedFilterSize(i.taps, i.ci, i.co),
  }),
  conv: (i) => ({ x: input(i, i.ci), packed: packedFilterSize(taps(i), i.ci, i.co), bias: i.co, y: out(i, i.co) }),
  convInputGradStrided: (i) => ({ dy: out(i, i.co), filter: taps(i) * i.ci * i.co, dx: input(i, i.ci) }),
  convFilterGradPartial: (i) => ({ x: input(i, i.ci), dy: out(i, i.co) }),
  reducePartials: (i) => ({ partial: i.size * i.slabs, out: i.size }),
  convTransposed: (i) => ({ x: out(i, i.ci), filter: i.sd * i.sh * i.sw * i.ci * i.co, bias: i.co, y: up(i, i.co) }),
  convTransposedInputGrad: (i) => ({ dy: up(i, i.co), filter: i.sd * i.sh * i.sw * i.ci * i.co, dx: out(i, i.ci) }),
  convTransposedFilterGradPartial: (i) => ({ x: out(i, i.ci), dy: up(i, i.co) }),
  volumeChannelSumPartial: volumes('x'),
  normStatsPartial: volumes('x'),
  normStats: (i) => ({ partial: 4 * i.n * i.c * i.slabs, stats: 2 * i.n * i.c }),
  normApply: (i) => ({ x: out(i, i.c), stats: 2 * i.n * i.c, gamma: i.c, beta: i.c, y: out(i, i.c) }),
  normGradPartial: (i) => ({ x: out(i, i.c), stats: 2 * i.n * i.c, y: out(i, i.c), dy: out(i, i.c) }),
  normGradSums: (i) => ({ partial: 4 * i.n * i.c * i.slabs, sums: 2 * i.n * i.c, dgamma: i.c, dbeta: i.c }),
  normGradApply: (i) => ({
    ...volumes('x', 'y', 'dy', 'dx')(i),
    stats: 2 * i.n * i.c,
    gamma: i.c,
    sums: 2 * i.n * i.c,
  }),
  padVolume: (i) => ({ dense: dense(i, i.c), y: out(i, i.c) }),
  unpadVolume: (i) => ({ x: out(i, i.c), dense: dense(i, i.c) }),
  maxPool: (i) => ({ x: input(i, i.c), y: out(i, i.c) }),
  maxPoolGrad: (i) => ({ x: input(i, i.c), y: out(i, i.c), dy: out(i, i.c), dx: input(i, i.c) }),
  copyChannels: (i) => ({ x: out(i, i.xC), y: out(i, i.yC) }),
  globalMean: (i) => ({ x: out(i, i.c), y: i.n * i.c }),
  globalMeanGrad: (i) => ({ dy: i.n * i.c, dx: out(i, i.c) }),
  fill: same('y'),
  scale: same('x', 'y'),
  add: same('a', 'b', 'y'),
  multiply: same('a', 'b', 'y'),
  leakyRelu: same('x', 'y'),
  leakyReluGrad: same('y', 'dy', 'dx'),
  squash: same('x', 'y'),
  squashGrad: same('y', 'dy', 'dx'),
  matmul: (i) => ({ a: i.m * i.k, b: i.k * i.n, bias: i.n, c: i.m * i.n }),
  rowSum: (i) => ({ x: i.rows * i.c, out: i.c }),
  gatherRows: (i) => ({ x: i.xRows * i.c, index: i.rows, y: i.rows * i.c }),
  gatherRowsGrad: (i) => ({ dy: i.rows * i.c, index: i.rows, dx: i.xRows * i.c }),
  copyColumns: (i) => ({ x: i.rows * i.xC, y: i.rows * i.yC }),
  normaliseRows: (i) => ({ x: i.rows * i.c, y: i.rows * i.c, norms: i.rows }),
  normaliseRowsGrad: (i) => ({ y: i.rows * i.c, norms: i.rows, dy: i.rows * i.c, dx: i.rows * i.c }),
  softmaxCrossEntropy: (i) => ({ logits: i.rows * i.c, target: i.rows, dlogits: i.rows * i.c, loss: 1, correct: 1 }),
  diceCePartial: (i) => ({ logits: out(i, i.c), target: dense(i, 1), prob: out(i, i.c) }),
  diceCeLoss: (i) => {
    const sums = diceSumsSize(i.n, i.c, i.perSample)
    return { partial: 2 * sums * i.slabs, sums, loss: 1 }
  },
  diceCeGrad: (i) => ({
    prob: out(i, i.c),
    target: dense(i, 1),
    sums: diceSumsSize(i.n, i.c, i.perSample),
    dlogits: out(i, i.c),
  }),
  maskedSquarePartial: (i) => ({ x: out(i, i.c), target: dense(i, i.c), mask: dense(i, 1) }),
  maskedSquareLoss: (i) => ({ partial: 4 * i.slabs, sums: 2, loss: 1 }),
  maskedSquareGrad: (i) => ({ x: out(i, i.c), target: dense(i, i.c), mask: dense(i, 1), sums: 2, dx: out(i, i.c) }),
  softmaxChannels: volumes('x', 'y'),
  squareSumPartial: same('g'),
  squareSum: (i) => ({ partial: 4 * i.slabs, norm: 1 }),
  adamW: (i) => ({ ...same('p', 'g', 'm', 'v')(i), norm: 1, schedule: 3, groupScale: 1 }),
  sgdNesterov: (i) => ({ ...same('p', 'g', 'm')(i), norm: 1, schedule: 1, groupScale: 1 }),
}

/** Offsets that may be -1 (absent). */
const optional: Readonly<Partial<Record<KernelName, readonly string[]>>> = {
  conv: ['bias'],
  convTransposed: ['bias'],
  matmul: ['bias'],
  normApply: ['gamma', 'beta'],
  normGradApply: ['gamma'],
  normGradSums: ['dgamma', 'dbeta'],
  adamW: ['norm', 'groupScale'],
  sgdNesterov: ['norm', 'groupScale'],
}

/** Floats behind each offset of a call, by the argument's name. */
export function extentsOf({ kernel, ints }: KernelCall): Readonly<Record<string, number>> {
  const names: readonly string[] = kernels[kernel].ints
  const args = Object.fromEntries(names.map((name, i) => [name, ints[i]]))
  const extents = table[kernel](args)
  return kernel.endsWith('Partial') ? { ...extents, partial: partialSize(kernel, ints) } : extents
}

/** May this offset be -1? */
export const mayBeAbsent = (kernel: KernelName, name: string): boolean => optional[kernel]?.includes(name) ?? false
