/** A label map that is being edited: every write goes through one rule, is counted, and can be taken back. */
import { emptyBy, marksOf, noMarks, type Marks } from '../../shared/domain/partial-labels.ts'
import { unknownLabel } from '../../shared/domain/records.ts'
import { countValues, eachRun, RunList, type Runs } from './runs.ts'

/** Voxels along x, y, z; or mm per voxel. Maps lie x fastest. */
export type Triple = readonly [number, number, number]

/** Which voxels a tool may change, and to what. */
export interface Rule {
  /** What is written; 0 erases. */
  readonly value: number
  /** Values that stay as they are: locked labels, and others' where overwriting is off. */
  readonly kept: ReadonlySet<number>
  /** Where given, only voxels whose scan value lies within are changed (both ends included). */
  readonly gate: { readonly samples: ArrayLike<number>; readonly low: number; readonly high: number } | null
}

/** What one edit did. */
export interface Change extends Runs {
  /** Where the edit changed which slices are complete. */
  readonly marks?: { readonly before: Marks; readonly after: Marks }
}

/** Bytes that a change takes in memory. */
export const sizeOf = ({ starts, marks }: Change): number =>
  starts.length * 10 + (marks ? 2 * marks.before.reduce((sum, { length }) => sum + length, 0) : 0)

/** Voxels are watched in blocks of 2¹²: the first write to one keeps a copy of it. */
const blockBits = 12

export class LabelMap {
  readonly samples: Uint8Array<ArrayBuffer>
  readonly shape: Triple
  readonly spacing: Triple
  /** Voxels of each value. */
  readonly counts = new Float64Array(256)
  /** mm³ */
  readonly voxelVolume: number
  #marks: Marks
  #anyMark = false
  /** Whether a map without complete slices is unknown where nothing is painted: so it came. */
  #unknownAtFirst = false
  /** Blocks that the edit in progress has touched, as they were. */
  #touched = new Map<number, Uint8Array>()
  #isTouched: Uint8Array
  #marksBefore: Marks | null = null

  constructor(samples: Uint8Array<ArrayBuffer>, shape: Triple, spacing: Triple) {
    this.samples = samples
    this.shape = shape
    this.spacing = spacing
    this.voxelVolume = spacing[0] * spacing[1] * spacing[2]
    this.#isTouched = new Uint8Array((samples.length >>> blockBits) + 1)
    this.#marks = noMarks(shape)
    this.#takeStock()
  }

  /** Which slices are complete. All are where no voxel is unknown and none is marked. */
  get marks(): Marks {
    return this.#marks
  }

  /** Whether part of the scan is unknown: what is not painted there is not background. */
  get partial(): boolean {
    return this.#anyMark || this.counts[unknownLabel] > 0
  }

  /** What "nothing" is at a voxel: background, or unknown outside the slices that are complete. */
  emptyAt(index: number): number {
    return this.partial ? emptyBy(this.#marks, this.shape, index) : 0
  }

  /** Writes one voxel where the rule lets it. */
  paint(index: number, { value, kept, gate }: Rule): void {
    const old = this.samples[index]
    if (old === value || kept.has(old)) return
    if (gate && !(gate.samples[index] >= gate.low && gate.samples[index] <= gate.high)) return
    this.set(index, value || this.emptyAt(index))
  }

  /** Writes one voxel whatever the rule. */
  set(index: number, value: number): void {
    const old = this.samples[index]
    if (old === value) return
    const block = index >>> blockBits
    if (!this.#isTouched[block]) this.#touch(block)
    this.counts[old]--
    this.counts[value]++
    this.samples[index] = value
  }

  /** Writes the voxels from `start` to before `end`, whatever the rule. */
  fill(start: number, end: number, value: number): void {
    for (let block = start >>> blockBits; block <= (end - 1) >>> blockBits; block++)
      if (!this.#isTouched[block]) this.#touch(block)
    this.#write(start, end - start, value)
  }

  /** Takes a value out of the whole map, whatever the rule. */
  clear(value: number): void {
    if (!this.counts[value]) return
    if (!this.partial) return this.#replace(value, 0)
    const { samples } = this
    for (let index = 0; index < samples.length; index++)
      if (samples[index] === value) this.set(index, this.emptyAt(index))
  }

  /**
   * Says that a slice is complete (what is not painted in it is background), or takes that back. With the first one,
   * whatever is not painted elsewhere becomes unknown; without the last one, all is known again. Part of the edit in
   * progress.
   */
  mark(axis: 0 | 1 | 2, at: number, complete: boolean): void {
    if ((this.#marks[axis][at] === 1) === complete) return
    const first = !this.partial
    this.#marksBefore ??= this.#marks
    const marks = this.#marks.map((one) => one.slice()) as [Uint8Array, Uint8Array, Uint8Array]
    marks[axis][at] = complete ? 1 : 0
    this.#setMarks(marks)
    const last = !complete && !this.#anyMark
    if (last && !this.#unknownAtFirst) return this.#replace(unknownLabel, 0)
    if (complete && first) return this.#unknowAllBut(axis, at)
    const [u, v] = ([0, 1, 2] as const).filter((other) => other !== axis)
    const strides = [1, this.shape[0], this.shape[0] * this.shape[1]]
    for (let q = 0; q < this.shape[v]; q++)
      for (let p = 0; p < this.shape[u]; p++) {
        const index = at * strides[axis] + p * strides[u] + q * strides[v]
        const old = this.samples[index]
        if (old === 0 || old === unknownLabel) this.set(index, emptyBy(marks, this.shape, index))
      }
  }

  /** Makes the map equal to another of its size, marks included. Part of the edit in progress. */
  become(samples: Uint8Array): void {
    for (let index = 0; index < samples.length; index++)
      if (this.samples[index] !== samples[index]) this.set(index, samples[index])
    this.#marksBefore ??= this.#marks
    this.#setMarks(marksOf(samples, this.shape))
  }

  /** Ends the edit in progress. null when in the end nothing is different. */
  finish(): Change | null {
    const runs = new RunList()
    for (const [block, old] of [...this.#touched].sort(([a], [b]) => a - b))
      runs.addDifferences(old, this.samples, block << blockBits)
    const marks = this.#marksBefore && !sameMarks(this.#marksBefore, this.#marks)
    const change: Change = {
      ...runs.finish(),
      ...(marks ? { marks: { before: this.#marksBefore!, after: this.#marks } } : {}),
    }
    this.#forget()
    return change.starts.length || marks ? change : null
  }

  /** Takes the edit in progress back. */
  cancel(): void {
    for (const [block, old] of this.#touched) {
      const from = block << blockBits
      countValues(this.samples, from, from + old.length, this.counts, -1)
      countValues(old, 0, old.length, this.counts, 1)
      this.samples.set(old, from)
    }
    if (this.#marksBefore) this.#setMarks(this.#marksBefore)
    this.#forget()
  }

  revert({ starts, lengths, before, marks }: Change): void {
    for (let n = 0; n < starts.length; n++) this.#write(starts[n], lengths[n], before[n])
    if (marks) this.#setMarks(marks.before)
  }

  repeat({ starts, lengths, after, marks }: Change): void {
    for (let n = 0; n < starts.length; n++) this.#write(starts[n], lengths[n], after[n])
    if (marks) this.#setMarks(marks.after)
  }

  /** Takes out what has a value that isn't known any more (a deleted label): no edit, nothing to take back. */
  dropForeign(known: ReadonlySet<number>): void {
    for (let value = 1; value < unknownLabel; value++) if (!known.has(value)) this.clear(value)
    this.#forget()
  }

  /** Takes other samples over as they are: no edit, nothing to take back. */
  load(samples: Uint8Array): void {
    this.samples.set(samples)
    this.#forget()
    this.#takeStock()
  }

  #takeStock(): void {
    this.counts.fill(0)
    countValues(this.samples, 0, this.samples.length, this.counts, 1)
    this.#setMarks(marksOf(this.samples, this.shape))
    this.#unknownAtFirst = this.counts[unknownLabel] > 0 && !this.#anyMark
  }

  #setMarks(marks: Marks): void {
    this.#marks = marks
    this.#anyMark = marks.some((axis) => axis.includes(1))
  }

  #replace(old: number, by: number): void {
    eachRun(this.samples, old, (start, end) => this.fill(start, end, by))
  }

  /** Whatever is background outside the one complete slice becomes unknown. */
  #unknowAllBut(axis: 0 | 1 | 2, at: number): void {
    const [nx, ny] = this.shape
    const stride = [1, nx, nx * ny][axis]
    const count = this.shape[axis]
    eachRun(this.samples, 0, (start, end) => {
      // The run as far as one slice goes, piece by piece.
      for (let from = start; from < end;) {
        const next = Math.min(end, (Math.floor(from / stride) + 1) * stride)
        if (Math.floor(from / stride) % count !== at) this.fill(from, next, unknownLabel)
        from = next
      }
    })
  }

  #touch(block: number): void {
    this.#isTouched[block] = 1
    this.#touched.set(block, this.samples.slice(block << blockBits, (block + 1) << blockBits))
  }

  #write(start: number, length: number, value: number): void {
    countValues(this.samples, start, start + length, this.counts, -1)
    this.samples.fill(value, start, start + length)
    this.counts[value] += length
  }

  #forget(): void {
    this.#touched = new Map()
    this.#isTouched.fill(0)
    this.#marksBefore = null
  }
}

const sameMarks = (a: Marks, b: Marks): boolean => a.every((axis, n) => axis.every((one, at) => one === b[n][at]))
