/** Writing NIfTI-1 single files (.nii bytes; pack them by gzip for .nii.gz). */
import type { Geometry, Triple } from '../../../shared/domain/geometry.ts'
import type { SampleArray, SampleType } from '../../../shared/domain/volume.ts'
import { column, determinant, length, scale } from '../affine.ts'
import { shear } from '../geometry.ts'

export type NiftiImage = {
  geometry: Geometry
  /** 1 unless told. */
  channels?: number
  type: SampleType
  samples: SampleArray
  /** Sets the intent code to "label" (1002). */
  labels?: boolean
  /** What the coordinates mean: 1 scanner (the default), 2 aligned to another scan, 3 Talairach, 4 MNI. */
  formCode?: number
}

const datatypes: Record<SampleType, number> = {
  uint8: 2,
  int16: 4,
  int32: 8,
  float32: 16,
  float64: 64,
  int8: 256,
  uint16: 512,
  uint32: 768,
}

const dataStart = 352

/**
 * The bytes of a NIfTI-1 file, little endian, values unscaled. The affine goes into the sform as float32; into the qform
 * as well where it is rigid (nifti1.h: a quaternion cannot hold shear). Throws RangeError where a side exceeds 32767
 * voxels or the number of samples does not fit: both are bugs of the caller.
 */
export function writeNifti({
  geometry,
  channels = 1,
  type,
  samples,
  labels = false,
  formCode = 1,
}: NiftiImage): Uint8Array<ArrayBuffer> {
  const { shape, spacing, affine } = geometry
  if ([...shape, channels].some((n) => n < 1 || n > 32767))
    throw new RangeError(`NIfTI-1 cannot hold ${shape.join('×')} × ${channels}`)
  if (samples.length !== shape[0] * shape[1] * shape[2] * channels)
    throw new RangeError(`${samples.length} samples for ${shape.join('×')} × ${channels}`)

  const bytes = new Uint8Array(dataStart + samples.byteLength)
  const view = new DataView(bytes.buffer)
  const int16 = (at: number, ...values: number[]) => values.forEach((v, n) => view.setInt16(at + 2 * n, v, true))
  const float32 = (at: number, ...values: number[]) => values.forEach((v, n) => view.setFloat32(at + 4 * n, v, true))
  view.setInt32(0, 348, true)
  bytes[38] = 'r'.charCodeAt(0) // "regular", as ANALYZE readers expect
  int16(40, channels > 1 ? 4 : 3, ...shape, channels, 1, 1, 1)
  int16(68, labels ? 1002 : 0, datatypes[type], samples.BYTES_PER_ELEMENT * 8)
  const qfac = determinant(affine) < 0 ? -1 : 1
  float32(76, qfac, ...spacing, channels > 1 ? 1 : 0)
  float32(108, dataStart, 1, 0) // vox_offset, scl_slope, scl_inter
  bytes[123] = 2 // mm
  const rigid = shear(affine) < 0.01
  int16(252, rigid ? formCode : 0, formCode)
  if (rigid) float32(256, ...quaternion(geometry, qfac), affine[0][3], affine[1][3], affine[2][3])
  float32(280, ...affine[0], ...affine[1], ...affine[2])
  bytes.set([0x6e, 0x2b, 0x31, 0], 344) // "n+1"

  bytes.set(littleEndian(samples), dataStart)
  return bytes
}

/** quatern_b, c, d of a rigid grid, without the mirroring that qfac stands for. */
export function quaternion({ affine }: Geometry, qfac: number): Triple {
  const [i, j, k] = [0, 1, 2].map((c) => scale(column(affine, c), (c === 2 ? qfac : 1) / length(column(affine, c))))
  // The largest of the four parts is found first, so that no small number is divided by (Shepperd 1978).
  const parts = [i[0] + j[1] + k[2], i[0] - j[1] - k[2], j[1] - i[0] - k[2], k[2] - i[0] - j[1]]
  const largest = parts.indexOf(Math.max(...parts))
  const v = Math.sqrt(Math.max(0, 1 + parts[largest])) / 2
  const w = 1 / (4 * v)
  const whole = [
    [v, (j[2] - k[1]) * w, (k[0] - i[2]) * w, (i[1] - j[0]) * w],
    [(j[2] - k[1]) * w, v, (i[1] + j[0]) * w, (k[0] + i[2]) * w],
    [(k[0] - i[2]) * w, (i[1] + j[0]) * w, v, (j[2] + k[1]) * w],
    [(i[1] - j[0]) * w, (k[0] + i[2]) * w, (j[2] + k[1]) * w, v],
  ][largest]
  const sign = whole[0] < 0 ? -1 : 1
  return [sign * whole[1], sign * whole[2], sign * whole[3]]
}

/** Every machine that Node and the browsers run on today is little endian, as the file is. */
function littleEndian(samples: SampleArray): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
}
