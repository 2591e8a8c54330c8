/** Box-shaped parts of volumes: cut out, put back, and found about what is not zero. Order: x fastest, then y, z. */
import type { Triple } from '../../shared/domain/geometry.ts'
import type { SampleArray } from '../../shared/domain/volume.ts'

/** A part of a volume: its first voxel, and its size. */
export interface Region {
  low: Triple
  size: Triple
}

export const volumeOf = ([x, y, z]: readonly [number, number, number]): number => x * y * z

export const isWhole = ({ size }: Region, shape: Triple): boolean => volumeOf(size) === volumeOf(shape)

export function cut<T extends Float32Array | Uint8Array>(samples: T, shape: Triple, region: Region): T {
  const out = new (samples.constructor as new (length: number) => T)(volumeOf(region.size))
  eachRow(shape, region, (from, to, length) => out.set(samples.subarray(from, from + length), to))
  return out
}

/** Puts what was cut out back into a volume of zeros. */
export function paste(part: Uint8Array, region: Region, shape: Triple): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(volumeOf(shape))
  eachRow(shape, region, (to, from, length) => out.set(part.subarray(from, from + length), to))
  return out
}

/** Visits the rows of a region. whole: index of a row's first voxel in the volume; part: in the region. */
export function eachRow(
  [nx, ny]: Triple,
  { low, size }: Region,
  visit: (whole: number, part: number, length: number) => void,
) {
  for (let z = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      visit(((z + low[2]) * ny + y + low[1]) * nx + low[0], (z * size[1] + y) * size[0], size[0])
    }
  }
}

/** The smallest box about all voxels that are not 0 (nor NaN) in a channel at least; null where there is none. Channel slowest. */
export function nonzeroRegion(samples: SampleArray, [nx, ny, nz]: Triple): Region | null {
  const low: Triple = [nx, ny, nz]
  const high: Triple = [-1, -1, -1]
  const counts = (i: number) => samples[i] !== 0 && samples[i] === samples[i]
  for (let row = 0; row * nx < samples.length; row++) {
    const base = row * nx
    let first = 0
    while (first < nx && !counts(base + first)) first++
    if (first === nx) continue
    // What lies between is of no interest.
    let last = nx - 1
    while (!counts(base + last)) last--
    const at = [first, row % ny, Math.floor(row / ny) % nz]
    for (const axis of [0, 1, 2]) {
      low[axis] = Math.min(low[axis], at[axis])
      high[axis] = Math.max(high[axis], axis === 0 ? last : at[axis])
    }
  }
  return high[0] < 0 ? null : { low, size: high.map((h, axis) => h - low[axis] + 1) as Triple }
}

/** The smallest box about the labels that count; null where there is none. */
export const boxOf = (labels: Uint8Array, shape: Triple, counts: (label: number) => boolean): Region | null =>
  boxesOf(labels, shape, 1, (label) => (counts(label) ? 0 : -1))[0]

/** The smallest box about each of so many groups of labels; null where there is none. group: that of a label, or -1. */
export function boxesOf(
  labels: Uint8Array,
  [nx, ny, nz]: Triple,
  groups: number,
  group: (label: number) => number,
): (Region | null)[] {
  const groupOf = Int32Array.from({ length: 256 }, (_, label) => group(label))
  const low = Array.from({ length: groups }, (): Triple => [nx, ny, nz])
  const high = Array.from({ length: groups }, (): Triple => [-1, -1, -1])
  let at = 0
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        const g = groupOf[labels[at++]]
        if (g < 0) continue
        const [from, to] = [low[g], high[g]]
        if (x < from[0]) from[0] = x
        if (x > to[0]) to[0] = x
        if (y < from[1]) from[1] = y
        if (y > to[1]) to[1] = y
        if (z < from[2]) from[2] = z
        to[2] = z
      }
    }
  }
  return low.map((from, g) =>
    high[g][0] < 0 ? null : { low: from, size: high[g].map((h, axis) => h - from[axis] + 1) as Triple },
  )
}

/** The mean place of each of so many groups of voxels, in voxels; null where there is none. group: that of a value, or -1. */
export function middlesOf(
  values: Uint8Array | Uint32Array,
  [nx, ny, nz]: Triple,
  groups: number,
  group: (value: number) => number,
): (Triple | null)[] {
  const sums = Array.from({ length: groups }, () => ({ place: [0, 0, 0], count: 0 }))
  let at = 0
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        const g = group(values[at++])
        if (g < 0) continue
        const sum = sums[g]
        sum.place[0] += x
        sum.place[1] += y
        sum.place[2] += z
        sum.count++
      }
    }
  }
  return sums.map(({ place, count }) => (count === 0 ? null : (place.map((s) => s / count) as Triple)))
}

/** The mean place of the values that count, in voxels; null where there is none. */
export const middleOf = (
  values: Uint8Array | Uint32Array,
  shape: Triple,
  counts: (value: number) => boolean,
): Triple | null => middlesOf(values, shape, 1, (value) => (counts(value) ? 0 : -1))[0]

/** By so many voxels on both sides of each axis, as far as the volume goes. */
export function widen({ low, size }: Region, by: Triple, shape: Triple): Region {
  const from = low.map((l, axis) => Math.max(0, l - by[axis])) as Triple
  const to = low.map((l, axis) => Math.min(shape[axis], l + size[axis] + by[axis]))
  return { low: from, size: to.map((t, axis) => t - from[axis]) as Triple }
}

/** The smallest box about two. */
export function union(a: Region, b: Region): Region {
  const low = a.low.map((l, axis) => Math.min(l, b.low[axis])) as Triple
  const end = ({ low, size }: Region, axis: number) => low[axis] + size[axis]
  return { low, size: low.map((l, axis) => Math.max(end(a, axis), end(b, axis)) - l) as Triple }
}
