/** Several scans of one body as the channels of one case: found by their names, on one grid. */
import { basename, dirname } from 'node:path'
import { sampleArrays, voxelCount, type Outcome, type Volume } from '../../../shared/domain/volume.ts'
import { sameGrid } from '../../imaging/geometry.ts'
import { resampleOnto } from '../../imaging/onto.ts'
import { hashBytes } from './bytes.ts'
import { stemOf } from './names.ts'
import { readNiftiScan, type ReadScan } from './read.ts'
import type { FoundFile } from './walk.ts'

/** What the user asked for: names in the order of the channels, and whether differing grids may be resampled. */
export type ChannelWish = { names: string[]; resample: boolean }

export type ChannelGroup = { base: string; files: (FoundFile | undefined)[] }

/**
 * Files of one folder that belong together by their names, and the files that are no channel: `<case>_<channel>`
 * ("case_t1.nii.gz", "case_0001.nii.gz") named after the case, or `<channel>` and `<channel>_…` ("patient19/T1.nii.gz"),
 * one case a folder and named after it. Separators may be _, -, . or a space; upper and lower case are alike.
 */
export function groupChannels(files: readonly FoundFile[], names: readonly string[]) {
  const groups = new Map<string, ChannelGroup>()
  const others: FoundFile[] = []
  for (const file of files) {
    const found = channelOf(file.path, names)
    const group = found && (groups.get(found.key) ?? { base: found.base, files: names.map(() => undefined) })
    if (!found || !group || group.files[found.channel]) {
      others.push(file)
      continue
    }
    groups.set(found.key, group)
    group.files[found.channel] = file
  }
  return { groups: [...groups.values()], others }
}

function channelOf(path: string, names: readonly string[]): { channel: number; key: string; base: string } | undefined {
  const stem = stemOf(path)
  const low = stem.toLowerCase()
  const folder = dirname(path)
  const parts = (text: string) => /^[-_. ]/.test(text)
  for (const [channel, name] of names.entries()) {
    const end = low.slice(-name.length - 1)
    if (low.length > name.length + 1 && parts(end) && end.slice(1) === name.toLowerCase()) {
      const base = stem.slice(0, -end.length)
      return { channel, key: `${folder}/${base.toLowerCase()}`, base }
    }
  }
  for (const [channel, name] of names.entries())
    if (low === name.toLowerCase() || (low.startsWith(name.toLowerCase()) && parts(low.slice(name.length))))
      return { channel, key: `${folder}/`, base: basename(folder) }
  return undefined
}

/** Channels that a group lacks, in words. */
export function missingChannels(files: readonly unknown[], names: readonly string[]): string | undefined {
  const missing = names.filter((_, n) => files[n] === undefined)
  return missing.length > 0
    ? `Its ${missing.length > 1 ? `channels ${missing.join(', ')} are` : `channel ${missing[0]} is`} not there; all of ${names.join(', ')} are needed.`
    : undefined
}

/** One scan of several NIfTI files, in order; see `stackChannels`. */
export async function readNiftiChannels(paths: readonly string[], resample: boolean): Promise<Outcome<ReadScan>> {
  const scans: Outcome<ReadScan>[] = []
  for (const path of paths) scans.push(await readNiftiScan(path))
  return stackChannels(scans, resample)
}

/**
 * Scans on the grid of the first, as its channels. Grids must be one (within a hundredth of a voxel), or are resampled
 * linearly where that is wished; a scan that covers less than half of the first is refused all the same.
 */
export function stackChannels(scans: readonly Outcome<ReadScan>[], resample: boolean): Outcome<ReadScan> {
  const warnings: string[] = []
  const read: ReadScan[] = []
  for (const [n, scan] of scans.entries()) {
    if (!scan.ok) return { ...scan, reason: `Channel ${n + 1}: ${scan.reason}` }
    if (scan.volume.channels !== 1)
      return { ok: false, reason: `Channel ${n + 1} holds ${scan.volume.channels} volumes (4D) itself; one is needed.` }
    warnings.push(...scan.warnings.map((warning) => `Channel ${n + 1}: ${warning}`))
    read.push(scan)
  }
  const [first] = read
  const grid = first.volume.geometry
  const volumes: Volume[] = []
  for (const [n, { volume }] of read.entries()) {
    if (sameGrid(volume.geometry, grid)) {
      volumes.push(volume)
      continue
    }
    if (!resample)
      return {
        ok: false,
        reason: `Channel ${n + 1} lies on another grid (${volume.geometry.shape.join(' × ')}) than channel 1 (${grid.shape.join(' × ')}). Use --resample-channels to bring all onto the first, if they are registered.`,
      }
    const onto = resampleOnto(volume, grid)
    if (onto.covered < 0.5)
      return { ok: false, reason: `Channel ${n + 1} covers only ${Math.round(100 * onto.covered)} % of channel 1.` }
    warnings.push(`Channel ${n + 1} was resampled onto the grid of channel 1.`)
    volumes.push(onto.volume)
  }
  const type = volumes.every((volume) => volume.type === volumes[0].type) ? volumes[0].type : 'float32'
  const voxels = voxelCount(grid)
  const samples = new sampleArrays[type](voxels * volumes.length)
  volumes.forEach((volume, n) => samples.set(volume.samples, n * voxels))
  return {
    ok: true,
    source: first.source,
    volume: { geometry: grid, channels: volumes.length, type, samples },
    permutation: first.permutation,
    dtype: first.dtype,
    contentSha256: hashBytes(...read.map(({ contentSha256 }) => Buffer.from(contentSha256, 'hex'))),
    paths: read.flatMap(({ paths }) => paths),
    isLabelMap: false,
    warnings,
  }
}
