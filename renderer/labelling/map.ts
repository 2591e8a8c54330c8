/** A label map that is being edited: every write goes through one rule, is counted, and can be taken back. */
import { emptyBy, marksOf, noMarks, type Marks } from '../../shared/domain/partial-labels.ts'
import { unknownLabel } from '../../shared/domain/records.ts'

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

/** What one edit did, as runs of voxels that lie side by side and changed alike; in the map's order. */
export interface Change {
  readonly starts: Uint32Array
  readonly lengths: Uint32Array
  readonly before: Uint8Array
  readonly after: Uint8Array
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
    if (!this.#isTouched[block]) {
      this.#isTouched[block] = 1
      this.#touched.set(block, this.samples.slice(block << blockBits, (block + 1) << blockBits))
    }
    this.counts[old]--
    this.counts[value]++
    this.samples[index] = value
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
    if (last && !this.#unknownAtFirst) return this.#replace(unknownLabel, () => 0)
    if (complete && first) return this.#replace(0, (index) => emptyBy(marks, this.shape, index))
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
    const [starts, lengths, before, after]: [number[], number[], number[], number[]] = [[], [], [], []]
    let end = -1
    for (const [block, old] of [...this.#touched].sort(([a], [b]) => a - b)) {
      const from = block << blockBits
      for (let n = 0; n < old.length; n++) {
        const [was, is, index] = [old[n], this.samples[from + n], from + n]
        if (was === is) continue
        const last = starts.length - 1
        if (index === end && before[last] === was && after[last] === is) lengths[last]++
        else {
          starts.push(index)
          lengths.push(1)
          before.push(was)
          after.push(is)
        }
        end = index + 1
      }
    }
    const marks = this.#marksBefore && !sameMarks(this.#marksBefore, this.#marks)
    const change: Change = {
      starts: Uint32Array.from(starts),
      lengths: Uint32Array.from(lengths),
      before: Uint8Array.from(before),
      after: Uint8Array.from(after),
      ...(marks ? { marks: { before: this.#marksBefore!, after: this.#marks } } : {}),
    }
    this.#forget()
    return starts.length || marks ? change : null
  }

  /** Takes the edit in progress back. */
  cancel(): void {
    for (const [block, old] of this.#touched)
      for (let n = 0; n < old.length; n++) this.#write((block << blockBits) + n, 1, old[n])
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
    for (let value = 1; value < unknownLabel; value++)
      if (this.counts[value] && !known.has(value)) this.#replace(value, (index) => this.emptyAt(index))
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
    for (const value of this.samples) this.counts[value]++
    this.#setMarks(marksOf(this.samples, this.shape))
    this.#unknownAtFirst = this.counts[unknownLabel] > 0 && !this.#anyMark
  }

  #setMarks(marks: Marks): void {
    this.#marks = marks
    this.#anyMark = marks.some((axis) => axis.includes(1))
  }

  #replace(old: number, by: (index: number) => number): void {
    const { samples } = this
    for (let index = 0; index < samples.length; index++) if (samples[index] === old) this.set(index, by(index))
  }

  #write(start: number, length: number, value: number): void {
    const { samples, counts } = this
    for (let index = start; index < start + length; index++) {
      counts[samples[index]]--
      samples[index] = value
    }
    counts[value] += length
  }

  #forget(): void {
    this.#touched = new Map()
    this.#isTouched.fill(0)
    this.#marksBefore = null
  }
}

const sameMarks = (a: Marks, b: Marks): boolean => a.every((axis, n) => axis.every((one, at) => one === b[n][at]))
