/** Runs of voxels that lie side by side and hold the same. A scan has millions of voxels, but few runs. */

/** Voxels that changed, as runs that changed alike; in the map's order. */
export interface Runs {
  readonly starts: Uint32Array
  readonly lengths: Uint32Array
  readonly before: Uint8Array
  readonly after: Uint8Array
}

/** Visits every run of `value` as [start, end). The visitor may write what it was given. */
export function eachRun(samples: Uint8Array, value: number, visit: (start: number, end: number) => void): void {
  const { length } = samples
  for (let start = samples.indexOf(value); start >= 0 && start < length;) {
    let end = start + 1
    while (end < length && samples[end] === value) end++
    visit(start, end)
    start = end
    while (start < length && samples[start] !== value) start++
  }
}

/** Adds `by` to the count of each voxel's value, from `start` to before `end`. */
export function countValues(samples: Uint8Array, start: number, end: number, counts: Float64Array, by: 1 | -1): void {
  // Neighbours are mostly alike: one addition for a run.
  for (let index = start; index < end;) {
    const value = samples[index]
    const from = index++
    while (index < end && samples[index] === value) index++
    counts[value] += by * (index - from)
  }
}

/** Collects what changed, from the lowest voxel to the highest. */
export class RunList {
  readonly #starts: number[] = []
  readonly #lengths: number[] = []
  readonly #before: number[] = []
  readonly #after: number[] = []
  #end = -1

  /** Compares a part of the map as it was with the whole map as it is; the part begins at voxel `from`. */
  addDifferences(part: Uint8Array, samples: Uint8Array, from: number): void {
    const { length } = part
    for (let n = 0; n < length;) {
      const was = part[n]
      const is = samples[from + n]
      if (was === is) {
        n++
        continue
      }
      const first = n++
      while (n < length && part[n] === was && samples[from + n] === is) n++
      this.#add(from + first, n - first, was, is)
    }
  }

  finish(): Runs {
    return {
      starts: Uint32Array.from(this.#starts),
      lengths: Uint32Array.from(this.#lengths),
      before: Uint8Array.from(this.#before),
      after: Uint8Array.from(this.#after),
    }
  }

  #add(start: number, length: number, was: number, is: number): void {
    const last = this.#starts.length - 1
    if (start === this.#end && this.#before[last] === was && this.#after[last] === is) this.#lengths[last] += length
    else {
      this.#starts.push(start)
      this.#lengths.push(length)
      this.#before.push(was)
      this.#after.push(is)
    }
    this.#end = start + length
  }
}
