/** One scan from its files, on its own grid and on the canonical one. */
import type { Geometry, Permutation } from '../../../shared/domain/geometry.ts'
import type { Outcome, Volume } from '../../../shared/domain/volume.ts'
import { existsSync } from 'node:fs'
import { toCanonical } from '../../imaging/canonical.ts'
import { readNifti } from '../../imaging/nifti.ts'
import { explainFileError } from '../../library/index.ts'
import { hashBytes, inflateByZlib, readWhole } from './bytes.ts'

/** `source`: the grid as stored; `volume`: the canonical one; `paths`: every file that was read. */
export type ReadScan = {
  source: Geometry
  volume: Volume
  permutation: Permutation
  dtype: string
  contentSha256: string
  paths: string[]
  /** Whether the file itself says that its values are labels. */
  isLabelMap: boolean
}

/** Reads a NIfTI file, with its .img where it is half of a pair. Never throws on bad bytes. */
export async function readNiftiScan(path: string): Promise<Outcome<ReadScan>> {
  let bytes: Uint8Array
  let image: Uint8Array | undefined
  const paths = [path]
  try {
    bytes = readWhole(path)
    const other = otherHalf(path)
    if (other) {
      image = readWhole(other)
      paths.push(other)
    }
  } catch (error) {
    return { ok: false, reason: `The file could not be read: ${explainFileError(error)}` }
  }
  const read = await readNifti(bytes, { image, inflate: inflateByZlib })
  if (!read.ok) return read
  const source = read.volume.geometry
  const { volume, permutation } = toCanonical(read.volume)
  return {
    ok: true,
    source,
    volume,
    permutation,
    dtype: read.info.stored,
    contentSha256: image ? hashBytes(bytes, image) : hashBytes(bytes),
    paths,
    isLabelMap: read.info.labels,
    warnings: read.warnings,
  }
}

/** The voxels' file of a NIfTI pair: beside x.hdr (or x.hdr.gz) lies x.img or x.img.gz; packed like the header, if both. */
export function otherHalf(path: string): string | null {
  const match = /^(.*)\.(hdr)(\.gz)?$/i.exec(path)
  if (!match) return null
  const letters = match[2] === match[2].toUpperCase() ? 'IMG' : 'img'
  const both = [`${match[1]}.${letters}`, `${match[1]}.${letters}.gz`]
  return (match[3] ? both.reverse() : both).find((file) => existsSync(file)) ?? null
}
