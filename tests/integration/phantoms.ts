/** Small made-up scans, for what real ones don't show: exact geometry, damage, label maps that don't fit. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeGeometry } from '../../main/imaging/geometry.ts'
import { writeNifti } from '../../main/imaging/nifti.ts'
import type { Affine, Triple } from '../../shared/domain/geometry.ts'
import type { SampleArray, SampleType } from '../../shared/domain/volume.ts'

/** Axes of the file run to left, superior, anterior; anisotropic, off centre. */
export const turned: Affine = [
  [-1.5, 0, 0, 40],
  [0, 0, 2, -30],
  [0, 3, 0, 12],
  [0, 0, 0, 1],
]

export const straight: Affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
]

export type Phantom = { shape?: Triple; affine?: Affine; type?: SampleType; samples?: SampleArray; labels?: boolean }

/** The bytes of a NIfTI file; an int16 ramp unless told. */
export function niftiBytes({
  shape = [6, 5, 4],
  affine = straight,
  type = 'int16',
  samples,
  labels,
}: Phantom): Uint8Array {
  const values = samples ?? Int16Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, n) => (n * 7) % 300)
  return writeNifti({ geometry: makeGeometry(shape, affine), type, samples: values, labels })
}

/** Writes one, packed where the name ends in .gz; makes its folder. */
export function writePhantom(path: string, phantom: Phantom = {}): void {
  writeBytes(path, niftiBytes(phantom))
}

export function writeBytes(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, path.endsWith('.gz') && typeof bytes !== 'string' ? gzipSync(bytes) : bytes)
}

/** A label map: value 1 in the first half of the voxels, 2 in every seventh of the others. */
export function labelSamples(shape: Triple): Uint8Array {
  const n = shape[0] * shape[1] * shape[2]
  return Uint8Array.from({ length: n }, (_, v) => (v < n / 2 ? 1 : v % 7 === 0 ? 2 : 0))
}
