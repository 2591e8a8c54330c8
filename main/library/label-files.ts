/** Label versions on disk: written once, whole or not at all, never changed. The database names them afterwards. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Geometry } from '../../shared/domain/geometry.ts'
import { unknownLabel, type LabelVersion } from '../../shared/domain/records.ts'
import { voxelVolume } from '../imaging/geometry.ts'
import { writeFileSafely } from './files.ts'
import { labelFile, labelFolder } from './layout.ts'
import { explainFileError, refuse } from './refuse.ts'

/** What the database needs to know of a written label map. */
export type WrittenLabels = Pick<LabelVersion, 'id' | 'sha256' | 'volumes' | 'partial'>

/** Writes a label map (one byte a voxel, canonical grid) under a new id. */
export function writeLabelFile(folder: string, id: string, samples: Uint8Array, grid: Geometry): WrittenLabels {
  mkdirSync(labelFolder(folder), { recursive: true })
  // Label maps are mostly runs of zeros: level 6 packs them about as well as 9, several times faster.
  writeFileSafely(labelFile(folder, id), [gzipSync(samples, { level: 6 })])
  return {
    id,
    sha256: hashLabels(samples),
    volumes: measureLabels(samples, grid),
    ...(samples.includes(unknownLabel) ? { partial: true } : {}),
  }
}

/** The label map of a version; `sha256` is what the database says it must hash to. Refuses a missing or damaged file. */
export function readLabelFile(folder: string, version: Pick<LabelVersion, 'id' | 'sha256'>): Uint8Array {
  const samples = unpackLabels(labelFile(folder, version.id))
  if (hashLabels(samples) !== version.sha256) {
    refuse(
      'This label map was changed outside Handful and no longer matches its record. An earlier version may be whole.',
    )
  }
  return samples
}

/** A gzip-compressed Uint8 label map from anywhere, such as a run folder. */
export function unpackLabels(file: string): Uint8Array {
  try {
    const bytes = gunzipSync(readFileSync(file))
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  } catch (error) {
    return refuse(`The label map ${file} could not be read: ${explainFileError(error)}`)
  }
}

export function hashLabels(samples: Uint8Array): string {
  return createHash('sha256').update(samples).digest('hex')
}

/** Voxels and millilitres of each label that occurs, background (0) and unknown (255) left out. */
export function measureLabels(samples: Uint8Array, grid: Geometry): LabelVersion['volumes'] {
  const counts = new Float64Array(256)
  for (const value of samples) counts[value]++
  const millilitres = voxelVolume(grid) / 1000
  return Array.from(counts, (voxels, value) => ({ value, voxels, millilitres: voxels * millilitres })).filter(
    ({ value, voxels }) => value > 0 && value !== unknownLabel && voxels > 0,
  )
}
