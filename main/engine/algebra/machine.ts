/** What a kernel's rule sees: the tensors that its arguments name, and the operations of a library on them. */
import type { kernels, KernelName } from '../kernels/table.ts'
import { count, type Shape } from '../tensor.ts'
import type { Algebra } from './algebra.ts'
import type { Areas } from './areas.ts'

/** A kernel's arguments by name. */
export type Arguments<K extends KernelName> = Readonly<
  Record<(typeof kernels)[K]['ints'][number] | (typeof kernels)[K]['reals'][number], number>
>

/** A kernel said in operations on whole tensors. */
export type Rule<K extends KernelName> = <V>(m: Machine<V>, i: Arguments<K>) => void

export class Machine<V> {
  readonly algebra: Algebra<V>
  readonly #areas: Areas<V>

  constructor(algebra: Algebra<V>, areas: Areas<V>) {
    this.algebra = algebra
    this.#areas = areas
  }

  /** A tensor without halo. */
  dense(offset: number, shape: Shape): V {
    const size = count(shape)
    const area = this.#areas.at(offset, size)
    return this.algebra.reshape(area && !area.volume ? area.value : this.#areas.flat(offset, size), shape)
  }

  /** A volume [N, D, H, W, C]. */
  volume(offset: number, shape: Shape): V {
    return this.#areas.volume(offset, shape)
  }

  /** Write a tensor, or add it to what is there. */
  putDense(offset: number, value: V, accumulate = 0): void {
    const shape = this.algebra.shapeOf(value)
    const sum = accumulate ? this.algebra.add(this.dense(offset, shape), value) : value
    this.#areas.write({ offset, size: count(shape), value: sum, volume: false })
  }

  putVolume(offset: number, value: V, accumulate = 0): void {
    const [n, d, h, w, c] = this.algebra.shapeOf(value)
    const sum = accumulate ? this.algebra.add(this.volume(offset, [n, d, h, w, c]), value) : value
    this.#areas.write({ offset, size: n * (d + 2) * (h + 2) * (w + 2) * c, value: sum, volume: true })
  }

  /**
   * What lies at an offset, for a kernel that writes only a part of it. A buffer for the moment that is not there yet counts
   * as zeros: its other parts will be written before it is read.
   */
  partly(offset: number, shape: Shape, volume: boolean): V {
    const [n, d, h, w, c] = shape
    const size = volume ? n * (d + 2) * (h + 2) * (w + 2) * c : count(shape)
    if (this.#areas.isForTheMoment(offset) && !this.#areas.at(offset, size)) return this.algebra.full(shape, 0)
    return volume ? this.volume(offset, shape) : this.dense(offset, shape)
  }

  /**
   * y = f(x…) value by value over `size` floats. Where all are volumes the halos, which such a kernel leaves zero, are left
   * out; else everything is taken as it lies in the arena.
   */
  each(xs: readonly number[], y: number, size: number, accumulate: number, f: (...values: V[]) => V): void {
    const named = accumulate ? [...xs, y] : xs
    const areas = named.map((offset) => this.#areas.at(offset, size))
    const shapes = areas.map((area) => (area?.volume ? this.algebra.shapeOf(area.value).join() : ''))
    const asVolumes = shapes[0] !== '' && shapes.every((shape) => shape === shapes[0])
    const value = (offset: number, i: number): V => (asVolumes ? areas[i]!.value : this.dense(offset, [size]))
    const result = f(...xs.map(value))
    if (asVolumes) this.putVolume(y, result, accumulate)
    else this.putDense(y, result, accumulate)
  }

  /** One value, for use beside tensors of any shape. */
  number(value: number): V {
    return this.algebra.full([1], value)
  }

  /** x where it is positive, slope·x elsewhere; with `sign`, the sign is taken from there. */
  leaky(x: V, slope: number, sign: V = x): V {
    if (slope === 1) return x
    const { algebra } = this
    return algebra.select(algebra.greater(sign, this.number(0)), x, algebra.multiply(x, this.number(slope)))
  }

  /** 1 where a value is neither infinite nor missing. */
  finite(x: V): V {
    return this.algebra.greater(this.number(largest), this.algebra.abs(x))
  }

  square(x: V): V {
    return this.algebra.multiply(x, x)
  }
}

/** Just below the largest float32, which nothing that is still right comes near to. */
const largest = 3.4e38
