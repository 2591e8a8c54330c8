import { kernels, type KernelName } from './table.ts'

/**
 * Sizes of what the planner must set aside for kernels.
 *
 * A `*Partial` kernel cuts its work into a number of ranges that depends on its shape only, and writes one slab of partial
 * sums per range; the kernel that follows adds up the slabs in order. So the result does not depend on which thread did
 * what, nor on the number of threads. The planner allocates `partialSize` floats for `partial` and passes `partialSlabs`
 * as the `slabs` of the reducing kernel.
 */

type Named = Readonly<Record<string, number>>

const byName = (kernel: KernelName, ints: ArrayLike<number>): Named => {
  const names: readonly string[] = kernels[kernel].ints
  return Object.fromEntries(names.map((name, i) => [name, ints[i]]))
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, Math.floor(value)))

/** Floats that all slabs of filter gradients together may take (2 MiB: they should stay in cache). */
const filterSlabFloats = 2 ** 19
const mostSlabs = 32
/** Sums over many values: 16 ranges, fewer if there is little to add up. */
const slabsOf = (count: number): number => clamp(count / 256, 1, 16)
const rows = (i: Named): number => i.n * i.d * i.h
const voxels = (i: Named): number => rows(i) * i.w

interface Partial {
  /** Floats of one slab. */
  size(i: Named): number
  slabs(i: Named): number
}

const filterSlabs = (size: number, count: number): number =>
  clamp(Math.min(filterSlabFloats / size, count), 1, mostSlabs)

const partials: { readonly [K in KernelName]?: Partial } = {
  convFilterGradPartial: {
    size: (i) => i.kd * i.kh * i.kw * i.ci * i.co,
    slabs: (i) => filterSlabs(i.kd * i.kh * i.kw * i.ci * i.co, rows(i)),
  },
  convTransposedFilterGradPartial: {
    size: (i) => i.sd * i.sh * i.sw * i.ci * i.co,
    slabs: (i) => filterSlabs(i.sd * i.sh * i.sw * i.ci * i.co, rows(i)),
  },
  volumeChannelSumPartial: { size: (i) => i.c, slabs: (i) => Math.min(rows(i), slabsOf(voxels(i))) },
  // One double is two floats.
  normStatsPartial: { size: (i) => 4 * i.n * i.c, slabs: (i) => Math.min(i.d * i.h, slabsOf(voxels(i) / i.n)) },
  normGradPartial: { size: (i) => 4 * i.n * i.c, slabs: (i) => Math.min(i.d * i.h, slabsOf(voxels(i) / i.n)) },
  diceCePartial: {
    size: (i) => 2 * diceSumsSize(i.n, i.c, i.perSample),
    slabs: (i) => Math.min(rows(i), slabsOf(voxels(i))),
  },
  maskedSquarePartial: { size: () => 4, slabs: (i) => Math.min(rows(i), slabsOf(voxels(i))) },
  squareSumPartial: { size: () => 4, slabs: (i) => slabsOf(i.size / 16) },
}

const partialOf = (kernel: KernelName): Partial => {
  const found = partials[kernel]
  if (!found) throw new Error(`The kernel ${kernel} has no partial sums.`)
  return found
}

/** Number of slabs a `*Partial` kernel writes; the `slabs` of the kernel that reduces them. Offsets in `ints` do not matter. */
export const partialSlabs = (kernel: KernelName, ints: ArrayLike<number>): number =>
  partialOf(kernel).slabs(byName(kernel, ints))

/** Floats of one slab (the `size` of `reducePartials` for filter and bias gradients). */
export const partialSlabSize = (kernel: KernelName, ints: ArrayLike<number>): number =>
  partialOf(kernel).size(byName(kernel, ints))

/** Floats that `partial` needs in all. */
export const partialSize = (kernel: KernelName, ints: ArrayLike<number>): number =>
  partialSlabs(kernel, ints) * partialSlabSize(kernel, ints)

/** Floats of `sums` of diceCeLoss and diceCeGrad: Σce, Σcount, then for each sample (or once) and class Σp·t, Σp, Σt. */
export const diceSumsSize = (n: number, c: number, perSample: number): number => 2 + 3 * c * (perSample ? n : 1)

/** Floats of `sums` of normGradSums and normGradApply, and of `stats`. */
export const normStatsSize = (n: number, c: number): number => 2 * n * c
