/**
 * Volumes, label maps and class probabilities on a finer or coarser grid with the same axes and the same extent.
 *
 * Convention: the outer faces of the volume stay where they are, so the new spacing is old spacing × old shape ÷ new
 * shape along each axis and voxel centres are aligned accordingly (scipy's `zoom(grid_mode=True)`, nnU-Net's resize).
 * Going from grid A to B and the result's geometry back to A gives A's geometry exactly.
 *
 * Order everywhere: x fastest, then y, z, channel or class.
 */
import type { Triple } from '../../shared/domain/geometry.ts'
import type { SampleArray } from '../../shared/domain/volume.ts'
import type { Taps } from './taps.ts'
import { applyTaps, linearTaps } from './taps.ts'

/** Samples of shape `from` on shape `to`, by linear interpolation along one axis after the other. */
export function resampleSamples(
  samples: SampleArray,
  from: Triple,
  to: Triple,
  channels = 1,
): Float32Array<ArrayBuffer> {
  let shape: Triple = [...from]
  let current = new Float32Array(samples)
  // What shrinks goes first: the later passes then have less to do.
  const order = [0, 1, 2].filter((axis) => from[axis] !== to[axis]).sort((a, b) => to[a] / from[a] - to[b] / from[b])
  for (const axis of order) {
    const inner = shape.slice(0, axis).reduce((product, n) => product * n, 1)
    const outer = shape.slice(axis + 1).reduce((product, n) => product * n, channels)
    const next = new Float32Array(inner * to[axis] * outer)
    applyTaps(linearTaps(from[axis], to[axis]), current, next, from[axis], inner, outer)
    current = next
    shape = shape.map((n, a) => (a === axis ? to[a] : n)) as Triple
  }
  return current
}

/**
 * Labels of shape `from` on shape `to`: each label's mask is interpolated and the strongest wins, so that borders stay
 * smooth; a label as strong as the background wins over it, the lower of two equal labels over the higher. All values
 * count as labels, also 255 ("unknown").
 */
export function resampleLabels(labels: Uint8Array, from: Triple, to: Triple): Uint8Array<ArrayBuffer> {
  const plane = from[0] * from[1]
  const present = Array.from({ length: from[2] }, (_, z) => valuesIn(labels.subarray(z * plane, (z + 1) * plane)))
  const slices = new SliceResampler(from, to)
  const out = new Uint8Array(to[0] * to[1] * to[2])
  const best = new Float32Array(slices.size)
  const sum = new Float32Array(slices.size)
  for (let z = 0; z < to[2]; z++) {
    const target = out.subarray(z * slices.size, (z + 1) * slices.size)
    const values = new Set(slices.sources(z).flatMap(({ from: source }) => present[source]))
    best.fill(0)
    sum.fill(0)
    for (const value of [...values].sort((a, b) => a - b)) {
      const share = slices.slice(z, (source, weight, mixed) => {
        const base = source * plane
        for (let n = 0; n < plane; n++) if (labels[base + n] === value) mixed[n] += weight
      })
      for (let n = 0; n < share.length; n++) {
        sum[n] += share[n]
        if (share[n] > best[n] + 1e-6) {
          best[n] = share[n]
          target[n] = value
        }
      }
    }
    // What no label takes is background; 1e-6 is far above rounding and far below any real difference.
    for (let n = 0; n < slices.size; n++) if (best[n] < 1 - sum[n] - 1e-6) target[n] = 0
  }
  return out
}

/**
 * The strongest of `classes` (0, 1, …) at each voxel of `to`, from class maps on `from` ([class, z, y, x], e.g.
 * probabilities or logits) by linear interpolation; the lower of two equal classes wins. Works slice by slice: beside the
 * result it needs memory for a few slices only.
 * entropy: where given, one byte a voxel of `to`, filled with the predictive entropy −Σ p·ln p of what must then be
 * probabilities: 0 is sure, 255 is all classes alike.
 */
export function resampleProbabilities(
  maps: Float32Array,
  from: Triple,
  to: Triple,
  classes: number,
  entropy: Uint8Array | null = null,
): Uint8Array<ArrayBuffer> {
  if (maps.length !== from[0] * from[1] * from[2] * classes)
    throw new RangeError(`${maps.length} values for ${from.join('×')} × ${classes} classes`)
  const plane = from[0] * from[1]
  const slices = new SliceResampler(from, to)
  const out = new Uint8Array(to[0] * to[1] * to[2])
  const best = new Float32Array(slices.size)
  const doubt = new Float32Array(entropy ? slices.size : 0)
  for (let z = 0; z < to[2]; z++) {
    const target = out.subarray(z * slices.size, (z + 1) * slices.size)
    for (let c = 0; c < classes; c++) {
      const share = slices.slice(z, (source, weight, mixed) => {
        const base = plane * (source + from[2] * c)
        for (let n = 0; n < plane; n++) mixed[n] += weight * maps[base + n]
      })
      if (c === 0) best.set(share)
      else
        for (let n = 0; n < share.length; n++)
          if (share[n] > best[n]) {
            best[n] = share[n]
            target[n] = c
          }
      if (entropy) addEntropy(doubt, share)
    }
    if (entropy) {
      const most = Math.log(classes)
      for (let n = 0; n < doubt.length; n++) entropy[z * slices.size + n] = 255 * Math.min(1, doubt[n] / most) + 0.5
      doubt.fill(0)
    }
  }
  return out
}

/** Adds −p·ln p of one class; shares so near to 0 or 1 that they add nothing are passed over, being most of them. */
function addEntropy(sum: Float32Array, share: Float32Array): void {
  for (let n = 0; n < share.length; n++) {
    const p = share[n]
    if (p > 1e-4 && p < 0.9999) sum[n] -= p * Math.log(p)
  }
}

/** Makes the slices of the new grid one at a time, with scratch memory of a few slices. */
class SliceResampler {
  /** Voxels of a new slice. */
  readonly size: number
  private readonly taps: [Taps, Taps, Taps]
  private readonly from: Triple
  private readonly mixed: Float32Array
  private readonly rows: Float32Array
  private readonly result: Float32Array

  constructor(from: Triple, to: Triple) {
    this.from = from
    this.size = to[0] * to[1]
    this.taps = [linearTaps(from[0], to[0]), linearTaps(from[1], to[1]), linearTaps(from[2], to[2])]
    this.mixed = new Float32Array(from[0] * from[1])
    this.rows = new Float32Array(from[0] * to[1])
    this.result = new Float32Array(this.size)
  }

  /** The input slices that new slice z is made of. */
  sources(z: number): { from: number; weight: number }[] {
    const { count, first, weights } = this.taps[2]
    return Array.from({ length: count }, (_, n) => ({ from: first[z] + n, weight: weights[z * count + n] })).filter(
      ({ weight }) => weight > 0,
    )
  }

  /** New slice z: `mix` adds an input slice times a weight. The result is overwritten by the next call. */
  slice(z: number, mix: (source: number, weight: number, mixed: Float32Array) => void): Float32Array {
    this.mixed.fill(0)
    for (const { from, weight } of this.sources(z)) mix(from, weight, this.mixed)
    applyTaps(this.taps[1], this.mixed, this.rows, this.from[1], this.from[0], 1)
    applyTaps(this.taps[0], this.rows, this.result, this.from[0], 1, this.taps[1].first.length)
    return this.result
  }
}

function valuesIn(labels: Uint8Array): number[] {
  const seen = new Uint8Array(256)
  for (const value of labels) seen[value] = 1
  return [...seen.keys()].filter((value) => value !== 0 && seen[value] === 1)
}
