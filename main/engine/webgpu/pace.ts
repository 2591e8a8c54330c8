/**
 * How much work one submission may hold: operating systems reset a GPU that does not answer for a second or two, and the
 * screen stands still meanwhile. The time of every submission is measured; those of the next runs hold less where one took
 * long, and more (fewer of them cost less) where all were short.
 */

/** Operations: short of a second even at 5 GFLOP/s; about 0.1 s at 0.3 TFLOP/s; too small to be worth a submission. */
const [first, largest, least] = [4e9, 3e10, 1e6]

export class Pace {
  /** Operations that a submission may hold. */
  work: number
  /** Milliseconds of the longest submission since `work` last changed. */
  slowest = 0
  readonly #target: number
  readonly #most: number
  #last = 0
  #pending = 0

  /** `target`: milliseconds that a submission may take; `most`: the largest `work`. */
  constructor({ work = first, target = 200, most = largest } = {}) {
    this.work = work
    this.#target = target
    this.#most = most
  }

  /** A submission is done. It began when it was submitted, or when the one before it was done. Times in milliseconds. */
  done(submitted: number, now: number): void {
    this.slowest = Math.max(this.slowest, now - Math.max(submitted, this.#last))
    this.#last = now
    if (this.#pending > 0 && --this.#pending === 0) this.#adjust()
  }

  /** So many submissions were made for a run. */
  endOfRun(submissions: number): void {
    this.#pending += submissions
  }

  #adjust(): void {
    const { work, slowest } = this
    if (slowest > this.#target) this.work = Math.max(least, (work * this.#target) / (2 * slowest))
    else if (slowest < this.#target / 8 && work < this.#most) this.work = Math.min(this.#most, work * 4)
    if (this.work !== work) this.slowest = 0
  }
}
