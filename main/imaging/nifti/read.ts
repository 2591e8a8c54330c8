/** Reading a NIfTI file: NIfTI-1 and -2, single or pair, packed by gzip or not. */
import type { Geometry } from '../../../shared/domain/geometry.ts'
import type { Outcome, Refusal, Volume } from '../../../shared/domain/volume.ts'
import type { ByteSource, Inflate } from '../bytes.ts'
import { ByteReader, inflate, isGzip, mostInflated } from '../bytes.ts'
import { refuse } from '../refuse.ts'
import type { NiftiForm } from './grid.ts'
import { niftiGrid } from './grid.ts'
import type { NiftiHeader } from './header.ts'
import { nifti1Bytes, nifti2Bytes, parseNiftiHeader } from './header.ts'
import type { NiftiLayout, StoredType } from './layout.ts'
import { niftiLayout } from './layout.ts'
import { niftiSamples } from './samples.ts'

export type NiftiOptions = {
  /** The .img (or .img.gz) file of a pair; needed where the file itself is a .hdr. */
  image?: Uint8Array
  /** The most bytes that the voxels may need; 4 GiB unless told. */
  limit?: number
  /** Another way to unpack gzip, e.g. Node's zlib, which also reads files of several gzip members. */
  inflate?: Inflate
}

/** What the header tells beside the grid. Free text of the file (descrip, aux_file…) may name a patient and is left out. */
export type NiftiInfo = {
  version: 1 | 2
  stored: StoredType
  form: NiftiForm
  /** sform_code or qform_code of the record that was used (0: none). */
  formCode: number
  /** Whether the intent code says that the values are labels (1002). */
  labels: boolean
  /** Whether the voxels lie in another file. */
  pair: boolean
}

export type NiftiHead = { geometry: Geometry; channels: number; info: NiftiInfo }

const defaultLimit = 4 * 2 ** 30

/** Bytes after the last voxel (there should be none) that are unpacked to get at the checksum. */
const mostTrailing = 2 ** 24

/** The grid and type of a NIfTI file, without its voxels. `bytes` may be only the first few kB of the file. */
export async function readNiftiHeader(bytes: Uint8Array, options: NiftiOptions = {}): Promise<Outcome<NiftiHead>> {
  const reader = open(bytes, options)
  const parsed = await head(reader, bytes, options)
  await reader.close()
  if (!parsed.ok) return parsed
  const { geometry, layout, info, warnings } = parsed
  return { ok: true, geometry, channels: layout.channels, info, warnings }
}

/**
 * The volume of a NIfTI file, on its own grid. Memory is allocated only after the file was seen to be able to hold what
 * its header claims. Never throws on bad bytes.
 */
export async function readNifti(
  bytes: Uint8Array,
  options: NiftiOptions = {},
): Promise<Outcome<{ volume: Volume; info: NiftiInfo }>> {
  if (bytes.length === 0) return refuse('The file is empty (0 bytes); copy it again from its source.')
  const first = open(bytes, options)
  let reader = first
  try {
    const parsed = await head(first, bytes, options)
    if (!parsed.ok) return parsed
    const { geometry, layout, info, header, warnings } = parsed
    if (info.pair && !options.image)
      return refuse(
        'This is only the header of an image; its voxels are in a file of the same name ending in .img. Import both together.',
      )
    const data = info.pair ? options.image! : bytes
    if (info.pair) reader = open(data, options)

    const needed = layout.dataOffset + layout.dataBytes
    if ((isGzip(data) ? mostInflated(data.length) : data.length) < needed)
      return tooShort(layout, `file of ${data.length} bytes`)
    await reader.skip(layout.dataOffset - reader.position)
    const { voxels, filled } = await fillVoxels(reader, layout.dataBytes, isGzip(data) ? data.length : undefined)
    if (filled < layout.dataBytes)
      return reader.failure ? damaged(reader.failure) : tooShort(layout, `${filled} bytes of voxels`)
    if (isGzip(data)) {
      // On to the end of the packed data, where its checksum is: flipped bits can unpack to wrong voxels without an error.
      await reader.skip(mostTrailing)
      if (/incorrect (data|length) check/.test(String((reader.failure as Error)?.message)))
        return damaged(reader.failure)
    }

    const read = niftiSamples(voxels, layout.stored, header)
    if (!read.ok) return read
    const { type, samples } = read
    const volume: Volume = { geometry, channels: layout.channels, type, samples }
    return { ok: true, volume, info, warnings: [...warnings, ...read.warnings] }
  } finally {
    await first.close()
    if (reader !== first) await reader.close()
  }
}

/**
 * Reads the voxels into memory of the claimed size; at first of 64 times the packed size where that is less, since a
 * damaged header may claim what the rest of a small file cannot give. (A map of few labels really packs that well.)
 */
async function fillVoxels(reader: ByteReader, claimed: number, packed: number | undefined) {
  let voxels = new Uint8Array(packed === undefined ? claimed : Math.min(claimed, packed * 64 + 2 ** 16))
  let filled = await reader.fill(voxels)
  if (filled === voxels.length && filled < claimed) {
    const first = voxels
    voxels = new Uint8Array(claimed)
    voxels.set(first)
    filled += await reader.fill(voxels.subarray(first.length))
  }
  return { voxels, filled }
}

function open(bytes: Uint8Array, options: NiftiOptions): ByteReader {
  const source: ByteSource = isGzip(bytes) ? (options.inflate ?? inflate)(bytes, 'gzip') : bytes
  return new ByteReader(source)
}

type Parsed = {
  ok: true
  header: NiftiHeader
  layout: NiftiLayout
  geometry: Geometry
  info: NiftiInfo
  warnings: string[]
}

async function head(reader: ByteReader, bytes: Uint8Array, options: NiftiOptions): Promise<Parsed | Refusal> {
  if (bytes.length === 0) return refuse('The file is empty (0 bytes); copy it again from its source.')
  const start = new Uint8Array(nifti2Bytes)
  let got = await reader.fill(start.subarray(0, nifti1Bytes))
  if (got < nifti1Bytes && reader.failure) return damaged(reader.failure)
  const first = new DataView(start.buffer)
  if (first.getInt32(0, true) === nifti2Bytes || first.getInt32(0, false) === nifti2Bytes)
    got += await reader.fill(start.subarray(nifti1Bytes))
  const parsed = parseNiftiHeader(start.subarray(0, got))
  if (!parsed.ok) return parsed
  const { header } = parsed
  const sized = niftiLayout(header, options.limit ?? defaultLimit)
  if (!sized.ok) return sized
  const { layout } = sized
  const { geometry, form, code, warnings } = niftiGrid(header, layout.shape)
  const info: NiftiInfo = {
    version: header.version,
    stored: layout.stored,
    form,
    formCode: code,
    labels: header.intent === 1002,
    pair: !header.singleFile,
  }
  return { ok: true, header, layout, geometry, info, warnings: [...sized.warnings, ...warnings] }
}

function tooShort(layout: NiftiLayout, detail: string): Refusal {
  return refuse(
    'The file ends before its last voxel; it was probably not copied in full. Copy it again from its source.',
    `${layout.dataBytes} bytes of voxels from byte ${layout.dataOffset} claimed, ${detail}`,
  )
}

function damaged(error: unknown): Refusal {
  return refuse(
    'The packed (.gz) file is damaged or cut short; copy it again from its source.',
    String((error as Error)?.message ?? error),
  )
}
