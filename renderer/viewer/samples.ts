/** Samples of a volume as the viewer paints them: 8 or 16 bit whole numbers, with the line back to the true values. */
import type { VolumeHandle } from '../../shared/api/contract.ts'
import { sampleArrays, type SampleArray } from '../../shared/domain/volume.ts'

export type PaintedSamples = Uint8Array | Int16Array | Uint16Array

/** true value = sample · slope + intercept */
export interface Painted {
  samples: PaintedSamples
  slope: number
  intercept: number
  lowest: number
  highest: number
}

/**
 * The samples of one channel as they lie in the file (raw little-endian, x fastest, channel slowest).
 * @throws RangeError when the file is not as long as its header says
 */
export function channelSamples(bytes: ArrayBuffer, handle: VolumeHandle, channel: number): SampleArray {
  const type = sampleArrays[handle.type]
  const voxels = handle.shape[0] * handle.shape[1] * handle.shape[2]
  const wanted = voxels * handle.channels * type.BYTES_PER_ELEMENT
  if (bytes.byteLength !== wanted) throw new RangeError(`${bytes.byteLength} bytes came where ${wanted} belong`)
  return new type(bytes, channel * voxels * type.BYTES_PER_ELEMENT, voxels)
}

/**
 * Whole numbers of up to 16 bit are painted as they are. Others are put on 65536 steps between their lowest and highest
 * value: the painter rounds to whole numbers, which would wreck a scan with values between 0 and 1.
 */
export function paint(values: SampleArray): Painted {
  let lowest = Infinity
  let highest = -Infinity
  for (let n = 0; n < values.length; n++) {
    const value = values[n]
    if (value < lowest && value > -Infinity) lowest = value
    if (value > highest && value < Infinity) highest = value
  }
  if (!(highest >= lowest)) lowest = highest = 0
  if (values instanceof Uint8Array || values instanceof Int16Array || values instanceof Uint16Array)
    return { samples: values, slope: 1, intercept: 0, lowest, highest }
  const whole = !(values instanceof Float32Array || values instanceof Float64Array)
  if (whole && lowest >= -32768 && highest <= 32767)
    return { samples: Int16Array.from(values), slope: 1, intercept: 0, lowest, highest }
  const slope = (highest - lowest) / 65535 || 1
  const samples = new Uint16Array(values.length)
  for (let n = 0; n < values.length; n++) {
    const step = Math.round((values[n] - lowest) / slope)
    // NaN is painted as the lowest value, infinities as the ends.
    samples[n] = step > 0 ? Math.min(65535, step) : 0
  }
  return { samples, slope, intercept: lowest, lowest, highest }
}
