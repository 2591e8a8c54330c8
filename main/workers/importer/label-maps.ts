/** Label maps: reading one, and fitting it to the scan that it belongs to. */
import type { Geometry, Permutation } from '../../../shared/domain/geometry.ts'
import { unknownLabel } from '../../../shared/domain/records.ts'
import type { Outcome, SampleArray } from '../../../shared/domain/volume.ts'
import { fromCanonical, permuteGeometry, permuteSamples } from '../../imaging/canonical.ts'
import { gridDistance, sameGrid } from '../../imaging/geometry.ts'
import { readNiftiScan, type ReadScan } from './read.ts'

/** Canonical geometry of a scan, and the axis reordering that led there. */
export type ScanGrid = { grid: Geometry; permutation: Permutation }

/** One Uint8 a voxel on the scan's canonical grid. */
export type FittedLabels = { samples: Uint8Array; values: number[] }

/**
 * Reads a NIfTI label map and brings it to the canonical grid of its scan. Both are put on their canonical grids by exact
 * axis permutation; these must then be one grid (within a hundredth of a voxel): nothing is ever resampled.
 * Values must be whole numbers from 0 to 254; 255 beside others means "not looked at", as our own export writes it. Alone
 * it is refused: many programs write a mask as 0 and 255.
 */
export async function readLabelMap(path: string, scan: ScanGrid): Promise<Outcome<FittedLabels>> {
  const read = await readNiftiScan(path)
  if (!read.ok) return read
  if (read.volume.channels !== 1) {
    return no(`A label map has one value a voxel, but this file has ${read.volume.channels} (4D). Merge them into one.`)
  }
  const source = onScanGrid(read, scan)
  if (!source) return no(differentGrid(read.volume.geometry, scan.grid))
  const samples = new Uint8Array(source.length)
  const seen = new Uint8Array(256)
  for (let n = 0; n < source.length; n++) {
    const value = source[n]
    if (!(value >= 0 && value <= unknownLabel && Number.isInteger(value))) return no(wrongValue(value))
    samples[n] = value
    seen[value] = 1
  }
  const values = Array.from(seen.keys()).filter((value) => value > 0 && value < unknownLabel && seen[value])
  if (!seen[unknownLabel]) return { ok: true, samples, values, warnings: read.warnings }
  if (values.length === 0) return no(onlyUnknown)
  return { ok: true, samples, values, warnings: [...read.warnings, partlyUnknown] }
}

/**
 * The label map's samples on the scan's canonical grid; null where the grids are not one. Near 45° two almost equal grids
 * may be closest to RAS by different permutations, so the scan's own is tried as well.
 */
function onScanGrid(read: ReadScan, { grid, permutation }: ScanGrid): SampleArray | null {
  if (sameGrid(read.volume.geometry, grid)) return read.volume.samples
  if (!sameGrid(permuteGeometry(read.source, permutation), grid)) return null
  const own = fromCanonical(read.volume.samples, read.permutation, read.volume.geometry.shape)
  return permuteSamples(own, read.source.shape, permutation)
}

const onlyUnknown =
  'It holds 0 and 255 alone. 255 stands for voxels that nobody has looked at; if it is a mask, save it with the value 1 instead.'
const partlyUnknown = 'Voxels with the value 255 are taken as not looked at: nothing is learnt from them.'

function wrongValue(value: number): string {
  if (Number.isInteger(value)) {
    return `It holds the value ${value}; label values must lie between 0 and 254 (255: not looked at). Renumber the labels.`
  }
  return `It holds the value ${Number.isFinite(value) ? Number(value.toPrecision(4)) : value}, which is not a whole number: this is no label map.`
}

function differentGrid(own: Geometry, grid: Geometry): string {
  const sizes = (geometry: Geometry) => geometry.shape.join(' × ')
  if (own.shape.some((n, axis) => n !== grid.shape[axis])) {
    return `Its grid (${sizes(own)} voxels) is not that of its scan (${sizes(grid)}). Resample the label map onto the scan.`
  }
  const far = gridDistance(own, grid)
  return (
    `It has as many voxels as its scan but lies elsewhere, up to ${far.toPrecision(3)} mm away: ` +
    'the position or orientation in the header differs. Export it again from the program that drew it, on the scan’s own grid.'
  )
}

const no = (reason: string) => ({ ok: false as const, reason })
