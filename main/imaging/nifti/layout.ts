/** How many voxels a NIfTI header claims, of what type: checked before anything is allocated. */
import type { Triple } from '../../../shared/domain/geometry.ts'
import type { Refusal, SampleType } from '../../../shared/domain/volume.ts'
import { refuse } from '../refuse.ts'
import type { NiftiHeader } from './header.ts'

/** A stored type: those of a Volume, and the two 64-bit integers that must be converted. */
export type StoredType = SampleType | 'int64' | 'uint64'

export type NiftiLayout = {
  shape: Triple
  channels: number
  stored: StoredType
  /** Bytes per stored sample, and of all of them. */
  sampleBytes: number
  dataBytes: number
  /** Where the voxels begin, in bytes from the start of the file that holds them. */
  dataOffset: number
}

/** datatype codes of nifti1.h that can be read: name and bytes. */
const readable: Record<number, [StoredType, number]> = {
  2: ['uint8', 1],
  4: ['int16', 2],
  8: ['int32', 4],
  16: ['float32', 4],
  64: ['float64', 8],
  256: ['int8', 1],
  512: ['uint16', 2],
  768: ['uint32', 4],
  1024: ['int64', 8],
  1280: ['uint64', 8],
}

const unreadable: Record<number, string> = {
  1: 'The image stores single bits, which Handful does not read.',
  32: 'The image holds complex numbers; save its magnitude as a NIfTI file and import that.',
  128: 'The image holds colours (RGB), not measured values; Handful reads greyscale scans.',
  1536: 'The image holds 128-bit numbers, which Handful does not read; save it as 32-bit float.',
  1792: 'The image holds complex numbers; save its magnitude as a NIfTI file and import that.',
  2048: 'The image holds complex numbers; save its magnitude as a NIfTI file and import that.',
  2304: 'The image holds colours (RGBA), not measured values; Handful reads greyscale scans.',
}

/** Dimensions, type and size in bytes, or why they cannot be. `limit` is the most bytes that may be needed. */
export function niftiLayout(
  header: NiftiHeader,
  limit: number,
): { ok: true; layout: NiftiLayout; warnings: string[] } | Refusal {
  const { dim, datatype } = header
  if (header.intent >= 3000 && header.intent < 3100)
    return refuse(
      'This is a CIFTI file (values on a brain surface or a connection matrix), not a scan.',
      `intent ${header.intent}`,
    )
  const count = dim[0]
  if (!Number.isInteger(count) || count < 1 || count > 7)
    return refuse('The header is damaged: its number of dimensions is impossible.', `dim[0] = ${count}`)
  const sizes = Array.from({ length: 7 }, (_, n) => (n < count ? dim[n + 1] : 1))
  if (sizes.some((n) => !Number.isSafeInteger(n) || n < 1))
    return refuse('The header is damaged: the image has no voxels along one of its axes.', `dim = ${dim.join(' ')}`)
  const [x, y, z, time, vector] = sizes
  if (count < 2 || x * y * z === 1 || (y === 1 && z === 1))
    return refuse('This is a single line of numbers, not an image.', `dim = ${dim.join(' ')}`)
  if (sizes[5] > 1 || sizes[6] > 1 || (time > 1 && vector > 1))
    return refuse(
      'The image has more than four dimensions; save the volumes that you need as files of their own.',
      `dim = ${dim.join(' ')}`,
    )

  if (unreadable[datatype]) return refuse(unreadable[datatype], `datatype ${datatype}`)
  if (!readable[datatype])
    return refuse('The header is damaged: it names a kind of number that does not exist.', `datatype ${datatype}`)
  const [stored, sampleBytes] = readable[datatype]

  const channels = time * vector
  const dataBytes = x * y * z * channels * sampleBytes
  if (dataBytes > limit)
    return refuse(
      `The image would need ${gibibytes(dataBytes)} of memory, more than the ${gibibytes(limit)} allowed; its header may be damaged.`,
      `dim = ${dim.join(' ')}, datatype ${datatype}`,
    )

  const warnings: string[] = []
  if (time > 1) warnings.push(`The file holds ${time} volumes (channels or points in time); each is read as a channel.`)
  if (vector > 1) warnings.push(`The file holds ${vector} values per voxel; each is read as a channel.`)
  if (z === 1) warnings.push('The image is a single slice.')
  return offset(header, warnings, { shape: [x, y, z], channels, stored, sampleBytes, dataBytes })
}

function offset(header: NiftiHeader, warnings: string[], rest: Omit<NiftiLayout, 'dataOffset'>) {
  let dataOffset = header.voxOffset
  if (!Number.isFinite(dataOffset) || dataOffset < 0 || dataOffset > 2 ** 40)
    return refuse('The header is damaged: the place where the voxels begin is impossible.', `vox_offset ${dataOffset}`)
  dataOffset = Math.floor(dataOffset)
  // nifti1.h: in a single file the voxels cannot begin before byte 352; some writers leave the field at 0 or 348.
  const least = header.singleFile ? (header.version === 1 ? 352 : 544) : 0
  if (dataOffset < least) dataOffset = least
  return { ok: true as const, warnings, layout: { ...rest, dataOffset } }
}

export function gibibytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MB` : `${(bytes / 2 ** 30).toFixed(1)} GB`
}
