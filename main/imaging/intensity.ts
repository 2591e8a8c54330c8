/** Statistics of intensities, and the box that holds a scan's content. */
import type { Triple } from '../../shared/domain/geometry.ts'
import type { SampleArray, Volume } from '../../shared/domain/volume.ts'
import { apply, column, fromColumns } from './affine.ts'
import { makeGeometry } from './geometry.ts'

/** At most this many samples are sorted for percentiles; of more, evenly spread ones are taken. */
const mostSorted = 1 << 20

export type Moments = { count: number; mean: number; deviation: number; least: number; most: number }

/**
 * Percentiles (each 0…100) of samples, linearly between ranks; over the voxels where `mask` is not 0, if one is given.
 * Exact up to a million samples, from evenly spread ones above. NaN for every percentile of nothing.
 */
export function percentiles(samples: SampleArray, which: readonly number[], mask?: Uint8Array): number[] {
  let inside = samples.length
  if (mask) {
    inside = 0
    for (let n = 0; n < samples.length; n++) if (mask[n] !== 0) inside++
  }
  if (inside === 0) return which.map(() => NaN)
  const stride = Math.max(1, inside / mostSorted)
  const picked = new Float64Array(Math.min(inside, mostSorted))
  let [seen, taken] = [0, 0]
  for (let n = 0; n < samples.length && taken < picked.length; n++) {
    if (mask && mask[n] === 0) continue
    if (seen++ >= Math.floor(taken * stride)) picked[taken++] = samples[n]
  }
  picked.sort()
  return which.map((p) => {
    const rank = (Math.min(100, Math.max(0, p)) / 100) * (picked.length - 1)
    const below = Math.floor(rank)
    const above = Math.min(picked.length - 1, below + 1)
    return picked[below] + (picked[above] - picked[below]) * (rank - below)
  })
}

/** Mean, standard deviation (of the whole, not of a sample) and range; over a mask, if one is given. */
export function moments(samples: SampleArray, mask?: Uint8Array): Moments {
  let [count, sum, least, most] = [0, 0, Infinity, -Infinity]
  for (let n = 0; n < samples.length; n++) {
    if (mask && mask[n] === 0) continue
    const value = samples[n]
    count++
    sum += value
    if (value < least) least = value
    if (value > most) most = value
  }
  if (count === 0) return { count, mean: NaN, deviation: NaN, least: NaN, most: NaN }
  const mean = sum / count
  let squares = 0
  for (let n = 0; n < samples.length; n++) if (!mask || mask[n] !== 0) squares += (samples[n] - mean) ** 2
  return { count, mean, deviation: Math.sqrt(squares / count), least, most }
}

/** First voxel and size of a box, along x, y, z. */
export type Box = { start: Triple; size: Triple }

/** The smallest box outside which every channel is 0; undefined where all is 0. */
export function nonZeroBox(samples: SampleArray, shape: Triple): Box | undefined {
  const [nx, ny, nz] = shape
  const low = [nx, ny, nz]
  const high = [-1, -1, -1]
  const rows = samples.length / nx
  for (let row = 0; row < rows; row++) {
    let first = 0
    while (first < nx && samples[row * nx + first] === 0) first++
    if (first === nx) continue
    let last = nx - 1
    while (samples[row * nx + last] === 0) last--
    const [y, z] = [row % ny, Math.floor(row / ny) % nz]
    low[0] = Math.min(low[0], first)
    high[0] = Math.max(high[0], last)
    low[1] = Math.min(low[1], y)
    high[1] = Math.max(high[1], y)
    low[2] = Math.min(low[2], z)
    high[2] = Math.max(high[2], z)
  }
  if (high[0] < 0) return undefined
  return { start: low as Triple, size: low.map((v, axis) => high[axis] - v + 1) as Triple }
}

/** The part of a volume inside a box that lies within it; every voxel keeps its place in the world. */
export function cropVolume(volume: Volume, box: Box): Volume {
  const { geometry, channels, samples } = volume
  const { affine } = geometry
  const origin = apply(affine, box.start)
  return {
    ...volume,
    geometry: makeGeometry(box.size, fromColumns(column(affine, 0), column(affine, 1), column(affine, 2), origin)),
    samples: cropSamples(samples, geometry.shape, box, channels),
  }
}

/** Samples inside a box, in an array of the same type. */
export function cropSamples<T extends SampleArray>(samples: T, shape: Triple, box: Box, channels = 1): T {
  const [sx, sy, sz] = box.size
  const out = new (samples.constructor as new (n: number) => T)(sx * sy * sz * channels)
  eachRow(shape, box, channels, (whole, part) => out.set(samples.subarray(whole, whole + sx), part))
  return out
}

/** The way back from `cropSamples`: samples of a box set into an otherwise zero grid of `shape`. */
export function uncropSamples<T extends SampleArray>(samples: T, shape: Triple, box: Box, channels = 1): T {
  const [sx] = box.size
  const out = new (samples.constructor as new (n: number) => T)(shape[0] * shape[1] * shape[2] * channels)
  eachRow(shape, box, channels, (whole, part) => out.set(samples.subarray(part, part + sx), whole))
  return out
}

function eachRow(
  shape: Triple,
  { start, size }: Box,
  channels: number,
  visit: (whole: number, part: number) => void,
): void {
  let part = 0
  for (let c = 0; c < channels; c++)
    for (let z = start[2]; z < start[2] + size[2]; z++)
      for (let y = start[1]; y < start[1] + size[1]; y++, part += size[0])
        visit(start[0] + shape[0] * (y + shape[1] * (z + shape[2] * c)), part)
}
