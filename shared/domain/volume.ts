import type { Geometry } from './geometry.ts'

/** How one sample is stored. */
export type SampleType = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32' | 'float64'

/** A typed array that can hold the samples of a volume. */
export type SampleArray =
  Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array

/**
 * A scan on its grid. Voxel (i, j, k) of channel c lies at `i + nx * (j + ny * (k + nz * c))`: x fastest, then y, z, and
 * the channel slowest.
 */
export type Volume = {
  geometry: Geometry
  /** Number of images on the same grid, at least 1. */
  channels: number
  /** Fits `samples`: the constructor that `sampleArrays` names. */
  type: SampleType
  /** Rescaled values (HU for CT, as the file says): nx × ny × nz × channels of them. */
  samples: SampleArray
}

/** A map of labels on a grid: 0 is background (or "unknown", as its owner says), 1… are the labels. Order as in Volume. */
export type LabelMap = { geometry: Geometry; samples: Uint8Array }

/** What reading or checking gives: the result, or a plain sentence for the user (and details for a report). */
export type Outcome<T> = ({ ok: true; warnings: string[] } & T) | Refusal

/** Why something was not read. */
export type Refusal = {
  ok: false
  /** A plain sentence for the user: what is wrong, and what to do where something can be done. */
  reason: string
  /** Numbers and field names for a report; nothing that identifies a patient. */
  detail?: string
}

/** The constructor for each sample type. */
export const sampleArrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Record<SampleType, unknown>

/** New samples of `type`, all zero. */
export function allocateSamples(type: SampleType, length: number): SampleArray {
  return new sampleArrays[type](length)
}

/** Number of voxels of one channel. */
export function voxelCount(geometry: Geometry): number {
  return geometry.shape[0] * geometry.shape[1] * geometry.shape[2]
}
