/** Stored NIfTI bytes to samples: byte order, 64-bit integers, scl_slope and scl_inter, numbers that are none. */
import type { Refusal, SampleArray, SampleType } from '../../../shared/domain/volume.ts'
import { allocateSamples, sampleArrays } from '../../../shared/domain/volume.ts'
import { refuse } from '../refuse.ts'
import type { NiftiHeader } from './header.ts'
import type { StoredType } from './layout.ts'

type Samples = { ok: true; type: SampleType; samples: SampleArray; warnings: string[] }

/**
 * Samples from `bytes`, which must start on a multiple of 8 in their buffer and are changed in place (byte order).
 * Integers stay what they are where nothing is scaled; scaled values become float32, or float64 where 24 bits would not
 * hold them. Values that are not numbers become 0, with a warning.
 */
export function niftiSamples(
  bytes: Uint8Array<ArrayBuffer>,
  stored: StoredType,
  header: NiftiHeader,
): Samples | Refusal {
  const wide = stored === 'int64' || stored === 'uint64'
  const size = wide ? 8 : sampleArrays[stored].BYTES_PER_ELEMENT
  if (!header.littleEndian) swap(bytes, size)
  const count = bytes.length / size
  const read = wide
    ? narrow(new (stored === 'int64' ? BigInt64Array : BigUint64Array)(bytes.buffer, bytes.byteOffset, count))
    : { ok: true as const, type: stored, samples: new sampleArrays[stored](bytes.buffer, bytes.byteOffset, count) }
  if (!read.ok) return read
  const scaled = rescale(read.type, read.samples, header)
  const holes = scaled.type.startsWith('float') ? fillHoles(scaled.samples) : 0
  const warnings = holes === 0 ? [] : [`${holes} voxels hold no number (NaN or infinite); they are read as 0.`]
  return { ok: true, ...scaled, warnings }
}

/** scl_slope of 0 or NaN means that nothing is scaled (nifti1.h, "DATA SCALING"). */
function rescale(
  type: SampleType,
  samples: SampleArray,
  header: NiftiHeader,
): { type: SampleType; samples: SampleArray } {
  const slope = header.slope
  const intercept = Number.isFinite(header.intercept) ? header.intercept : 0
  if (!Number.isFinite(slope) || slope === 0 || (slope === 1 && intercept === 0)) return { type, samples }
  // float32 holds 24 bits: enough for 16-bit integers, unless the intercept is vast beside the slope.
  const short = samples.BYTES_PER_ELEMENT <= 2 && Math.abs(intercept / slope) < 2 ** 23
  const target = short || type === 'float32' ? 'float32' : 'float64'
  const out = allocateSamples(target, samples.length)
  for (let n = 0; n < out.length; n++) out[n] = samples[n] * slope + intercept
  return { type: target, samples: out }
}

/** 64-bit integers in the smallest type that holds them exactly; refused where none does. */
function narrow(wide: BigInt64Array | BigUint64Array) {
  let [least, most] = [0n, 0n]
  for (const v of wide) {
    if (v < least) least = v
    if (v > most) most = v
  }
  if (most > BigInt(Number.MAX_SAFE_INTEGER) || least < BigInt(Number.MIN_SAFE_INTEGER))
    return refuse(
      'The image holds 64-bit numbers too large to be read exactly; save it as 32-bit integers or float.',
      `${least} to ${most}`,
    )
  const type: SampleType =
    least >= -(2n ** 31n) && most < 2n ** 31n ? 'int32' : least >= 0n && most < 2n ** 32n ? 'uint32' : 'float64'
  const samples = allocateSamples(type, wide.length)
  for (let n = 0; n < wide.length; n++) samples[n] = Number(wide[n])
  return { ok: true as const, type, samples }
}

function fillHoles(samples: SampleArray): number {
  let holes = 0
  for (let n = 0; n < samples.length; n++)
    if (!Number.isFinite(samples[n])) {
      samples[n] = 0
      holes++
    }
  return holes
}

function swap(bytes: Uint8Array, size: number): void {
  if (size === 1) return
  for (let at = 0; at + size <= bytes.length; at += size)
    for (let a = at, b = at + size - 1; a < b; a++, b--) [bytes[a], bytes[b]] = [bytes[b], bytes[a]]
}
