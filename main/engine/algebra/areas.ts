/**
 * The arena as a set of areas that do not overlap, each with the tensor that lies there. So programs, which name places in
 * an arena, run on libraries that know only tensors.
 */
import { count, sameShape, type Shape } from '../tensor.ts'
import type { Algebra } from './algebra.ts'

export interface Area<V> {
  readonly offset: number
  readonly size: number
  /** Of a volume only the inner voxels: its halo is zero. */
  readonly value: V
  readonly volume: boolean
}

export interface AreasOptions<V> {
  readonly algebra: Algebra<V>
  /** From here on buffers are written whole before they are read, and no two that live at the same time overlap. */
  readonly kept: number
  /** What lies where nothing has been written: a tensor [size]. */
  source(offset: number, size: number): V
  /** What stands for a value as long as its area is there; by default the value itself. */
  keep?(value: V): V
  /** Told of each area that is gone. */
  released?(area: Area<V>): void
}

export class Areas<V> {
  readonly #options: AreasOptions<V>
  /** By offset. */
  #areas: Area<V>[] = []

  constructor(options: AreasOptions<V>) {
    this.#options = options
  }

  all(): readonly Area<V>[] {
    return this.#areas
  }

  /** The area that is exactly this place, if there is one. */
  at(offset: number, size: number): Area<V> | undefined {
    const area = this.#areas[this.#firstEndingAfter(offset)]
    return area?.offset === offset && area.size === size ? area : undefined
  }

  /** The values of a place as a tensor [size], halos included. */
  flat(offset: number, size: number): V {
    this.#fillGaps(offset, offset + size)
    const parts: V[] = []
    for (let i = this.#firstEndingAfter(offset), at = offset; at < offset + size; i++) {
      const area = this.#areas[i]
      const to = Math.min(offset + size, area.offset + area.size)
      parts.push(this.#part(area, at, to))
      at = to
    }
    return parts.length === 1 ? parts[0] : this.#options.algebra.concat(parts, 0)
  }

  /** A volume [N, D, H, W, C] without its halo. */
  volume(offset: number, shape: Shape): V {
    const { algebra } = this.#options
    const stored = storedShape(shape)
    const area = this.at(offset, count(stored))
    if (area?.volume && sameShape(algebra.shapeOf(area.value), shape)) return area.value
    return algebra.slice(algebra.reshape(this.flat(offset, count(stored)), stored), [0, 1, 1, 1, 0], shape)
  }

  /** Put an area where others were; what they have beside it stays, unless it was for the moment only. */
  write(area: Area<V>): void {
    const { keep } = this.#options
    const end = area.offset + area.size
    const first = this.#firstEndingAfter(area.offset)
    let last = first
    while (last < this.#areas.length && this.#areas[last].offset < end) last++
    const covered = this.#areas.slice(first, last)
    const rests = covered.flatMap((old) => (old.offset >= this.#options.kept ? [] : this.#rests(old, area.offset, end)))
    const all = [...rests, area].map((one) => ({ ...one, value: keep ? keep(one.value) : one.value }))
    this.#areas.splice(first, last - first, ...all.sort((a, b) => a.offset - b.offset))
    for (const old of covered) this.#options.released?.(old)
  }

  /** Is what lies here now of no use to a buffer that is written from here on? */
  isForTheMoment(offset: number): boolean {
    return offset >= this.#options.kept
  }

  clear(): void {
    for (const area of this.#areas) this.#options.released?.(area)
    this.#areas = []
  }

  #fillGaps(from: number, to: number): void {
    for (let at = from; at < to;) {
      const area = this.#areas[this.#firstEndingAfter(at)]
      const start = Math.min(to, area?.offset ?? to)
      if (start > at)
        this.write({ offset: at, size: start - at, value: this.#options.source(at, start - at), volume: false })
      at = start === to ? to : area.offset + area.size
    }
  }

  /** The parts of an area before and after a place. */
  #rests(area: Area<V>, from: number, to: number): Area<V>[] {
    const cut = (start: number, end: number): Area<V>[] =>
      end > start ? [{ offset: start, size: end - start, value: this.#part(area, start, end), volume: false }] : []
    return [...cut(area.offset, from), ...cut(to, area.offset + area.size)]
  }

  #part(area: Area<V>, from: number, to: number): V {
    const { algebra } = this.#options
    const shape = algebra.shapeOf(area.value)
    const whole = area.volume ? algebra.pad(area.value, [0, 1, 1, 1, 0], [0, 1, 1, 1, 0]) : area.value
    const flat = shape.length === 1 ? whole : algebra.reshape(whole, [area.size])
    return to - from === area.size ? flat : algebra.slice(flat, [from - area.offset], [to - from])
  }

  /** Index of the first area that ends after a place. */
  #firstEndingAfter(offset: number): number {
    let [low, high] = [0, this.#areas.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const { offset: start, size } = this.#areas[middle]
      if (start + size > offset) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** A volume's shape with its halo. */
export const storedShape = ([n, d, h, w, c]: Shape): Shape => [n, d + 2, h + 2, w + 2, c]
