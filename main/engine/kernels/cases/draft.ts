import { partialSize, partialSlabs, partialSlabSize } from '../sizes.ts'
import { alignment, volumeSize, type KernelCall, type KernelName } from '../table.ts'

export interface Case {
  readonly name: string
  /** The arena before the run. */
  readonly arena: Float32Array
  readonly calls: readonly KernelCall[]
  /** Ranges [from, to) that may differ between back ends. */
  readonly free: readonly (readonly [number, number])[]
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
export class Draft {
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
