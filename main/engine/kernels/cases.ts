/**
 * Small problems for every kernel, used by the self-test when a back end is opened and, at more shapes, by the unit tests.
 * A case is an arena with inputs (and garbage elsewhere) and calls; a right back end leaves the same arena as the plain
 * kernels do, except in areas that are its own affair (packed filters, partial sums).
 */
import { diceSumsSize, partialSize, partialSlabs, partialSlabSize } from './sizes.ts'
import { alignment, packedFilterSize, volumeSize, type KernelCall, type KernelName } from './table.ts'

export interface Case {
  readonly name: string
  /** The arena before the run. */
  readonly arena: Float32Array
  readonly calls: readonly KernelCall[]
  /** Ranges [from, to) that may differ between back ends. */
  readonly free: readonly (readonly [number, number])[]
}

/** Size of an output and of a convolution's input, kernel and stride. */
export interface ConvShape {
  readonly n: number
  readonly in: readonly [number, number, number]
  readonly ci: number
  readonly co: number
  readonly kernel: readonly [number, number, number]
  readonly stride: readonly [number, number, number]
}

/** A repeatable stream of numbers in -1 … 1 (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}

/** Lays out an arena and collects calls. */
class Draft {
  private readonly random: () => number
  private readonly values: number[] = []
  private readonly calls: KernelCall[] = []
  private readonly free: (readonly [number, number])[] = []
  private readonly name: string

  constructor(name: string) {
    this.name = name
    this.random = numbers(name.length * 7919 + name.charCodeAt(0))
  }
  /** A tensor; without values it holds garbage. */
  area(size: number, value: (i: number) => number = () => 1000 + this.random()): number {
    while (this.values.length % alignment) this.values.push(777)
    const offset = this.values.length
    for (let i = 0; i < size; i++) this.values.push(value(i))
    return offset
  }
  dense(size: number): number {
    return this.area(size, () => this.random())
  }
  positive(size: number): number {
    return this.area(size, () => Math.abs(this.random()) + 0.1)
  }
  /** Whole numbers from `low` to `high`. */
  whole(size: number, low: number, high: number): number {
    return this.area(size, () => low + Math.floor(((this.random() + 1) / 2) * (high - low + 1)))
  }
  /** An area that a back end may use as it likes. */
  scratch(size: number): number {
    const offset = this.area(size)
    this.free.push([offset, offset + size])
    return offset
  }
  /** A volume with a zero halo. */
  volume(n: number, d: number, h: number, w: number, c: number, scale = 1, shift = 0): number {
    const offset = this.area(volumeSize(n, d, h, w, c), () => 0)
    for (let b = 0; b < n; b++)
      for (let i = 1; i <= d; i++)
        for (let j = 1; j <= h; j++)
          for (let k = 1; k <= w; k++)
            for (let o = 0; o < c; o++)
              this.values[offset + (((b * (d + 2) + i) * (h + 2) + j) * (w + 2) + k) * c + o] =
                this.random() * scale + shift
    return offset
  }
  /** Where a volume is to be written: garbage, or (to accumulate) a volume. */
  target(accumulate: number, n: number, d: number, h: number, w: number, c: number): number {
    return accumulate ? this.volume(n, d, h, w, c) : this.area(volumeSize(n, d, h, w, c))
  }
  call(kernel: KernelName, ints: readonly number[], reals: readonly number[] = []): void {
    this.calls.push({ kernel, ints, reals })
  }
  /** A kernel of partial sums; `ints` gets the offset of its scratch. Gives that offset and the number of slabs. */
  partial(
    kernel: KernelName,
    ints: (partial: number) => number[],
    reals: readonly number[] = [],
  ): [number, number, number] {
    const shape = ints(0)
    const offset = this.scratch(partialSize(kernel, shape))
    this.call(kernel, ints(offset), reals)
    return [offset, partialSlabs(kernel, shape), partialSlabSize(kernel, shape)]
  }
  done(): Case {
    this.area(alignment)
    return { name: this.name, arena: Float32Array.from(this.values), calls: this.calls, free: this.free }
  }
}

const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1)

export function convCases(shape: ConvShape, accumulate = 0): Case[] {
  const { n, ci, co, kernel, stride } = shape
  const [xd, xh, xw] = shape.in
  const out = shape.in.map((size, i) => Math.ceil(size / stride[i]))
  const taps = product(kernel)
  const label = `${n}×${shape.in.join('×')}, ${ci}→${co}, kernel ${kernel.join('×')}, stride ${stride.join('×')}${accumulate ? ', accumulate' : ''}`
  const sizes = [n, ...out, ci, co, ...kernel, ...stride, xd, xh, xw]

  const forward = new Draft(`conv ${label}`)
  const x = forward.volume(n, xd, xh, xw, ci)
  const filter = forward.dense(taps * ci * co)
  const packed = forward.scratch(packedFilterSize(taps, ci, co))
  const bias = accumulate ? -1 : forward.dense(co)
  forward.call('packFilter', [filter, packed, taps, ci, co, 0])
  const y = forward.target(accumulate, n, out[0], out[1], out[2], co)
  forward.call('conv', [x, packed, bias, y, ...sizes, accumulate])

  const backward = new Draft(`input gradient ${label}`)
  const dy = backward.volume(n, out[0], out[1], out[2], co)
  const same = backward.dense(taps * ci * co)
  const dx = backward.target(accumulate, n, xd, xh, xw, ci)
  if (product(stride) === 1) {
    const transposed = backward.scratch(packedFilterSize(taps, co, ci))
    backward.call('packFilter', [same, transposed, taps, ci, co, 1])
    backward.call('conv', [dy, transposed, -1, dx, n, xd, xh, xw, co, ci, ...kernel, 1, 1, 1, xd, xh, xw, accumulate])
  } else backward.call('convInputGradStrided', [dy, same, dx, ...sizes, accumulate])

  const filterGrad = new Draft(`filter gradient ${label}`)
  const input = filterGrad.volume(n, xd, xh, xw, ci)
  const gradient = filterGrad.volume(n, out[0], out[1], out[2], co)
  const [partial, slabs, size] = filterGrad.partial('convFilterGradPartial', (at) => [input, gradient, at, ...sizes])
  const dw = accumulate ? filterGrad.dense(size) : filterGrad.area(size)
  filterGrad.call('reducePartials', [partial, dw, size, slabs, accumulate])
  return [forward.done(), backward.done(), filterGrad.done()]
}

export function transposedCases(
  n: number,
  size: readonly number[],
  ci: number,
  co: number,
  stride: readonly number[],
  accumulate = 0,
): Case[] {
  const [d, h, w] = size
  const up = size.map((s, i) => s * stride[i])
  const taps = product(stride)
  const label = `${n}×${size.join('×')}, ${ci}→${co}, stride ${stride.join('×')}${accumulate ? ', accumulate' : ''}`
  const sizes = [n, d, h, w, ci, co, ...stride]
  const forward = new Draft(`transposed conv ${label}`)
  const x = forward.volume(n, d, h, w, ci)
  const filter = forward.dense(taps * ci * co)
  const bias = accumulate ? -1 : forward.dense(co)
  forward.call('convTransposed', [x, filter, bias, forward.target(0, n, up[0], up[1], up[2], co), ...sizes])
  const backward = new Draft(`transposed conv, input gradient ${label}`)
  const dy = backward.volume(n, up[0], up[1], up[2], co)
  const same = backward.dense(taps * ci * co)
  backward.call('convTransposedInputGrad', [
    dy,
    same,
    backward.target(accumulate, n, d, h, w, ci),
    ...sizes,
    accumulate,
  ])
  const filterGrad = new Draft(`transposed conv, filter gradient ${label}`)
  const input = filterGrad.volume(n, d, h, w, ci)
  const gradient = filterGrad.volume(n, up[0], up[1], up[2], co)
  const [partial, slabs, total] = filterGrad.partial('convTransposedFilterGradPartial', (at) => [
    input,
    gradient,
    at,
    ...sizes,
  ])
  filterGrad.call('reducePartials', [partial, filterGrad.dense(total), total, slabs, accumulate])
  return [forward.done(), backward.done(), filterGrad.done()]
}

export function normCases(
  n: number,
  d: number,
  h: number,
  w: number,
  c: number,
  slope: number,
  batch: number,
  accumulate = 0,
): Case[] {
  const label = `${n}×${d}×${h}×${w}×${c}, slope ${slope}${batch ? ', batch' : ''}${accumulate ? ', accumulate' : ''}`
  const shape = [n, d, h, w, c]
  const forward = new Draft(`normalise ${label}`)
  const x = forward.volume(n, d, h, w, c, 2, 5)
  const stats = forward.area(2 * n * c)
  const [gamma, beta] = [forward.dense(c), forward.dense(c)]
  const [sums, slabs] = forward.partial('normStatsPartial', (at) => [x, at, ...shape])
  forward.call('normStats', [sums, stats, n, d * h * w, c, slabs, batch], [1e-5])
  forward.call(
    'normApply',
    [x, stats, gamma, accumulate ? -1 : beta, forward.area(volumeSize(n, d, h, w, c)), ...shape],
    [slope],
  )
  // In place
  forward.call('normApply', [x, stats, -1, beta, x, ...shape], [slope])

  const backward = new Draft(`normalise, gradient ${label}`)
  const input = backward.volume(n, d, h, w, c, 2, 5)
  const [y, dy] = [backward.volume(n, d, h, w, c), backward.volume(n, d, h, w, c)]
  const given = backward.area(2 * n * c, (i) => (i % 2 ? 0.8 : 5))
  const scale = backward.positive(c)
  const total = backward.area(2 * n * c)
  const [parts, count] = backward.partial('normGradPartial', (at) => [input, given, y, dy, at, ...shape], [slope])
  backward.call('normGradSums', [parts, total, backward.area(c), accumulate ? -1 : backward.area(c), n, c, count])
  const dx = backward.target(accumulate, n, d, h, w, c)
  backward.call('normGradApply', [input, given, scale, y, dy, total, dx, ...shape, batch, accumulate], [slope])
  return [forward.done(), backward.done()]
}

export function volumeCases(n: number, d: number, h: number, w: number, c: number, accumulate = 0): Case[] {
  const label = `${n}×${d}×${h}×${w}×${c}${accumulate ? ', accumulate' : ''}`
  const shape = [n, d, h, w, c]
  const size = n * d * h * w * c
  const pad = new Draft(`pad, unpad, softmax, means ${label}`)
  const x = pad.volume(n, d, h, w, c, 3)
  pad.call('padVolume', [pad.dense(size), pad.area(volumeSize(n, d, h, w, c)), ...shape])
  pad.call('unpadVolume', [x, pad.dense(size), ...shape, accumulate])
  pad.call('softmaxChannels', [x, pad.area(volumeSize(n, d, h, w, c)), ...shape])
  const mean = pad.area(n * c)
  pad.call('globalMean', [x, mean, ...shape])
  pad.call('globalMeanGrad', [mean, pad.target(accumulate, n, d, h, w, c), ...shape, accumulate])
  const [partial, slabs, one] = pad.partial('volumeChannelSumPartial', (at) => [x, at, ...shape])
  pad.call('reducePartials', [partial, pad.dense(one), one, slabs, accumulate])

  const channels = new Draft(`copy channels ${label}`)
  const from = channels.volume(n, d, h, w, c + 3)
  const to = channels.volume(n, d, h, w, c + 5)
  channels.call('copyChannels', [from, to, n, d, h, w, c + 3, c + 5, 2, 4, c, accumulate])
  channels.call('copyChannels', [
    from,
    channels.target(accumulate, n, d, h, w, c),
    n,
    d,
    h,
    w,
    c + 3,
    c,
    3,
    0,
    c,
    accumulate,
  ])
  return [pad.done(), channels.done()]
}

export function poolCases(
  n: number,
  size: readonly number[],
  c: number,
  stride: readonly number[],
  accumulate = 0,
): Case[] {
  const [xd, xh, xw] = size
  const out = size.map((s, i) => Math.floor(s / stride[i]))
  const draft = new Draft(
    `max pooling ${n}×${size.join('×')}×${c}, stride ${stride.join('×')}${accumulate ? ', accumulate' : ''}`,
  )
  const x = draft.volume(n, xd, xh, xw, c)
  const y = draft.area(volumeSize(n, out[0], out[1], out[2], c))
  const dy = draft.volume(n, out[0], out[1], out[2], c)
  const sizes = [n, ...out, c, ...stride, xd, xh, xw]
  draft.call('maxPool', [x, y, ...sizes])
  draft.call('maxPoolGrad', [x, y, dy, draft.target(accumulate, n, xd, xh, xw, c), ...sizes, accumulate])
  // Equal values: the first takes the gradient.
  const flat = draft.volume(n, xd, xh, xw, c, 0, 0.5)
  const most = draft.area(volumeSize(n, out[0], out[1], out[2], c))
  draft.call('maxPool', [flat, most, ...sizes])
  draft.call('maxPoolGrad', [flat, most, dy, draft.target(accumulate, n, xd, xh, xw, c), ...sizes, accumulate])
  return [draft.done()]
}

export function elementwiseCases(size: number, accumulate = 0): Case[] {
  const draft = new Draft(`elementwise, ${size} floats${accumulate ? ', accumulate' : ''}`)
  const [a, b] = [draft.area(size, () => 4 * Math.sin(size + draft['values'].length)), draft.dense(size)]
  const to = (): number => draft.dense(size)
  draft.call('fill', [to(), size], [1.5])
  draft.call('scale', [a, to(), size, accumulate], [0.7])
  draft.call('add', [a, b, to(), size])
  draft.call('multiply', [a, b, to(), size, accumulate])
  draft.call('leakyRelu', [a, to(), size], [0.01])
  draft.call('leakyReluGrad', [a, b, to(), size, accumulate], [0.01])
  for (const kind of [0, 1]) {
    const y = to()
    draft.call('squash', [a, y, size, kind])
    draft.call('squash', [b, to(), size, kind])
    draft.call('squashGrad', [y, b, to(), size, kind, accumulate])
  }
  return [draft.done()]
}

export function matrixCases(m: number, n: number, k: number, accumulate = 0): Case[] {
  const cases: Case[] = []
  for (const transposeA of [0, 1])
    for (const transposeB of [0, 1]) {
      const draft = new Draft(
        `matrix product ${m}×${k} · ${k}×${n}, transposed ${transposeA}${transposeB}${accumulate ? ', accumulate' : ''}`,
      )
      const [a, b, c] = [draft.dense(m * k), draft.dense(k * n), draft.dense(m * n)]
      draft.call('matmul', [a, b, accumulate ? -1 : draft.dense(n), c, m, n, k, transposeA, transposeB, accumulate])
      cases.push(draft.done())
    }
  const rows = new Draft(`rows ${m}×${n}${accumulate ? ', accumulate' : ''}`)
  const x = rows.dense(m * n)
  rows.call('rowSum', [x, rows.dense(n), m, n, accumulate])
  const index = rows.whole(k, -1, m)
  rows.call('gatherRows', [x, index, rows.area(k * n), k, n, m])
  rows.call('gatherRowsGrad', [rows.dense(k * n), index, rows.dense(m * n), k, n, m])
  rows.call('copyColumns', [x, rows.dense(m * (n + 4)), m, n, n + 4, 0, 3, n, accumulate])
  const [unit, norms] = [rows.area(m * n), rows.area(m)]
  for (const epsilon of [1e-6, 1]) {
    rows.call('normaliseRows', [x, unit, norms, m, n], [epsilon])
    rows.call('normaliseRowsGrad', [unit, norms, rows.dense(m * n), rows.dense(m * n), m, n, accumulate], [epsilon])
  }
  const target = rows.whole(m, -1, n)
  rows.call('softmaxCrossEntropy', [x, target, rows.area(m * n), rows.area(1), rows.area(1), m, n])
  return [...cases, rows.done()]
}

export function lossCases(n: number, d: number, h: number, w: number, c: number, perSample: number): Case[] {
  const shape = [n, d, h, w, c]
  const voxels = n * d * h * w
  const dice = new Draft(`Dice and cross-entropy ${shape.join('×')}${perSample ? ', per sample' : ''}`)
  const logits = dice.volume(n, d, h, w, c, 4)
  const target = dice.whole(voxels, -1, c)
  const prob = dice.area(volumeSize(n, d, h, w, c))
  const sums = dice.area(diceSumsSize(n, c, perSample))
  const weights = [0.7, 1.3, 1e-3]
  const [partial, slabs] = dice.partial('diceCePartial', (at) => [logits, target, prob, at, ...shape, perSample])
  dice.call('diceCeLoss', [partial, sums, dice.area(1), n, c, slabs, perSample], weights)
  dice.call('diceCeGrad', [prob, target, sums, dice.area(volumeSize(n, d, h, w, c)), ...shape, perSample], weights)

  const square = new Draft(`masked square ${shape.join('×')}`)
  const x = square.volume(n, d, h, w, c)
  const [wanted, mask] = [square.dense(voxels * c), square.whole(voxels, 0, 1)]
  const total = square.area(2)
  const [parts, count] = square.partial('maskedSquarePartial', (at) => [x, wanted, mask, at, ...shape])
  square.call('maskedSquareLoss', [parts, total, square.area(1), c, count])
  square.call('maskedSquareGrad', [x, wanted, mask, total, square.area(volumeSize(n, d, h, w, c)), ...shape])
  return [dice.done(), square.done()]
}

export function optimiserCases(size: number): Case[] {
  const draft = new Draft(`optimisers, ${size} floats`)
  const g = draft.dense(size)
  const norm = draft.area(1)
  const [partial, slabs] = draft.partial('squareSumPartial', (at) => [g, at, size])
  draft.call('squareSum', [partial, norm, slabs])
  const schedule = draft.area(3, (i) => [0.01, 0.271, 0.003][i])
  const [half, frozen] = [draft.area(1, () => 0.5), draft.area(1, () => 0)]
  const broken = draft.area(1, () => NaN)
  const state = (): number => draft.positive(size)
  for (const [limit, group, clip] of [[norm, half, 0.5], [norm, -1, 0], [-1, -1, 1], [norm, frozen, 0], [broken, -1, 1]]) {
    draft.call('adamW', [state(), g, state(), state(), limit, schedule, group, size], [0.9, 0.999, 1e-8, 0.01, clip])
    draft.call('sgdNesterov', [state(), g, state(), limit, schedule, group, size], [0.99, 1e-4, clip])
  } // prettier-ignore
  const infinite = draft.area(size, (i) => (i === size - 1 ? Infinity : 1))
  const [sums, count] = draft.partial('squareSumPartial', (at) => [infinite, at, size])
  draft.call('squareSum', [sums, draft.area(1), count])
  return [draft.done()]
}

/** One small problem for every kernel, at sizes where nothing divides. */
export const selfTestCases = (): Case[] => [
  ...convCases({ n: 1, in: [3, 4, 5], ci: 3, co: 18, kernel: [3, 3, 3], stride: [1, 1, 1] }),
  ...convCases({ n: 2, in: [3, 2, 5], ci: 5, co: 4, kernel: [1, 3, 3], stride: [1, 2, 2] }, 1),
  ...transposedCases(1, [2, 1, 3], 5, 17, [2, 2, 2]),
  ...normCases(2, 3, 2, 3, 5, 0.01, 0),
  ...normCases(1, 2, 2, 3, 16, 0.01, 1, 1),
  ...volumeCases(2, 2, 3, 2, 5),
  ...poolCases(1, [3, 4, 5], 3, [2, 2, 2]),
  ...elementwiseCases(37),
  ...matrixCases(5, 19, 7),
  ...lossCases(2, 2, 3, 5, 3, 0),
  ...optimiserCases(35),
]
