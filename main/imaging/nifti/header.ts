/** The fixed header of NIfTI-1 (348 bytes) and NIfTI-2 (540 bytes): fields as stored, nothing interpreted yet. */
import type { Refusal } from '../../../shared/domain/volume.ts'
import { refuse } from '../refuse.ts'

export const nifti1Bytes = 348
export const nifti2Bytes = 540

export type NiftiHeader = {
  version: 1 | 2
  littleEndian: boolean
  /** Whether the voxels follow in the same file ("n+1", "n+2") or lie in a file of their own ("ni1", "ni2"). */
  singleFile: boolean
  /** dim[0…7]; dim[0] is the number of dimensions in use. */
  dim: number[]
  datatype: number
  bitpix: number
  /** pixdim[0…7]; pixdim[0] is qfac. */
  pixdim: number[]
  voxOffset: number
  slope: number
  intercept: number
  units: number
  intent: number
  qformCode: number
  sformCode: number
  /** quatern_b, c, d and qoffset_x, y, z. */
  quaternion: number[]
  offset: number[]
  /** srow_x, y, z. */
  srow: number[][]
}

/**
 * The header at the start of `bytes` (at least 348 of them, 540 for NIfTI-2). The byte order follows from the header's
 * own size field. Refuses what is not NIfTI.
 */
export function parseNiftiHeader(bytes: Uint8Array): { ok: true; header: NiftiHeader } | Refusal {
  if (bytes.length < nifti1Bytes)
    return refuse(
      'The file is too short to be a NIfTI image; it may not have been copied in full.',
      `${bytes.length} bytes`,
    )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const littleEndian of [true, false]) {
    const size = view.getInt32(0, littleEndian)
    if (size === nifti1Bytes) return nifti1(view, littleEndian)
    if (size === nifti2Bytes && bytes.length >= nifti2Bytes) return nifti2(view, littleEndian)
  }
  return refuse('This is not a NIfTI image, whatever its name says.', `header size ${view.getInt32(0, true)}`)
}

function nifti1(view: DataView, littleEndian: boolean): { ok: true; header: NiftiHeader } | Refusal {
  const magic = text(view, 344, 4)
  if (magic !== 'n+1' && magic !== 'ni1')
    return refuse(
      'This is an ANALYZE 7.5 header, which does not say which side is left; convert it to NIfTI with the program that made it.',
      `magic "${magic}"`,
    )
  const at = fields(view, littleEndian)
  return {
    ok: true,
    header: {
      version: 1,
      littleEndian,
      singleFile: magic === 'n+1',
      dim: at.int16(40, 8),
      intent: at.int16(68, 1)[0],
      datatype: at.int16(70, 1)[0],
      bitpix: at.int16(72, 1)[0],
      pixdim: at.float32(76, 8),
      voxOffset: at.float32(108, 1)[0],
      slope: at.float32(112, 1)[0],
      intercept: at.float32(116, 1)[0],
      units: view.getUint8(123),
      qformCode: at.int16(252, 1)[0],
      sformCode: at.int16(254, 1)[0],
      quaternion: at.float32(256, 3),
      offset: at.float32(268, 3),
      srow: [at.float32(280, 4), at.float32(296, 4), at.float32(312, 4)],
    },
  }
}

function nifti2(view: DataView, littleEndian: boolean): { ok: true; header: NiftiHeader } | Refusal {
  const magic = text(view, 4, 4)
  if (magic !== 'n+2' && magic !== 'ni2')
    return refuse('This is not a NIfTI image, whatever its name says.', `magic "${magic}"`)
  const at = fields(view, littleEndian)
  return {
    ok: true,
    header: {
      version: 2,
      littleEndian,
      singleFile: magic === 'n+2',
      datatype: at.int16(12, 1)[0],
      bitpix: at.int16(14, 1)[0],
      dim: at.int64(16, 8),
      pixdim: at.float64(104, 8),
      voxOffset: at.int64(168, 1)[0],
      slope: at.float64(176, 1)[0],
      intercept: at.float64(184, 1)[0],
      qformCode: at.int32(344, 1)[0],
      sformCode: at.int32(348, 1)[0],
      quaternion: at.float64(352, 3),
      offset: at.float64(376, 3),
      srow: [at.float64(400, 4), at.float64(432, 4), at.float64(464, 4)],
      units: at.int32(500, 1)[0],
      intent: at.int32(504, 1)[0],
    },
  }
}

function fields(view: DataView, little: boolean) {
  const list = (get: (at: number) => number, bytes: number) => (at: number, count: number) =>
    Array.from({ length: count }, (_, n) => get(at + n * bytes))
  return {
    int16: list((at) => view.getInt16(at, little), 2),
    int32: list((at) => view.getInt32(at, little), 4),
    int64: list((at) => Number(view.getBigInt64(at, little)), 8),
    float32: list((at) => view.getFloat32(at, little), 4),
    float64: list((at) => view.getFloat64(at, little), 8),
  }
}

function text(view: DataView, at: number, count: number): string {
  let out = ''
  for (let n = 0; n < count && view.getUint8(at + n) !== 0; n++) out += String.fromCharCode(view.getUint8(at + n))
  return out
}
