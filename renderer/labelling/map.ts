/** A label map that is being edited: every write goes through one rule, is counted, and can be taken back. */

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

/** What one edit did: sparse, so that a stroke costs what it touched. Sorted in the order of painting. */
export interface Change {
  readonly indices: Uint32Array
  readonly before: Uint8Array
  readonly after: Uint8Array
}

export class LabelMap {
  readonly samples: Uint8Array
  readonly shape: Triple
  readonly spacing: Triple
  /** Voxels of each value. */
  readonly counts = new Float64Array(256)
  /** mm³ */
  readonly voxelVolume: number
  /** First value of each voxel that the edit in progress has touched. */
  #touched = new Map<number, number>()

  constructor(samples: Uint8Array, shape: Triple, spacing: Triple) {
    this.samples = samples
    this.shape = shape
    this.spacing = spacing
    this.voxelVolume = spacing[0] * spacing[1] * spacing[2]
    for (const value of samples) this.counts[value]++
  }

  /** Writes one voxel where the rule lets it. */
  paint(index: number, { value, kept, gate }: Rule): void {
    const old = this.samples[index]
    if (old === value || kept.has(old)) return
    if (gate && !(gate.samples[index] >= gate.low && gate.samples[index] <= gate.high)) return
    this.set(index, value)
  }

  /** Writes one voxel whatever the rule. */
  set(index: number, value: number): void {
    const old = this.samples[index]
    if (old === value) return
    if (!this.#touched.has(index)) this.#touched.set(index, old)
    this.#write(index, value)
  }

  /** Ends the edit in progress. null when in the end nothing is different. */
  finish(): Change | null {
    const indices: number[] = []
    for (const [index, old] of this.#touched) if (this.samples[index] !== old) indices.push(index)
    const change = {
      indices: Uint32Array.from(indices),
      before: Uint8Array.from(indices, (index) => this.#touched.get(index)!),
      after: Uint8Array.from(indices, (index) => this.samples[index]),
    }
    this.#touched = new Map()
    return indices.length ? change : null
  }

  /** Takes the edit in progress back. */
  cancel(): void {
    for (const [index, old] of this.#touched) this.#write(index, old)
    this.#touched = new Map()
  }

  revert({ indices, before }: Change): void {
    for (let n = 0; n < indices.length; n++) this.#write(indices[n], before[n])
  }

  repeat({ indices, after }: Change): void {
    for (let n = 0; n < indices.length; n++) this.#write(indices[n], after[n])
  }

  #write(index: number, value: number): void {
    this.counts[this.samples[index]]--
    this.counts[value]++
    this.samples[index] = value
  }
}
