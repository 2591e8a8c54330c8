import { expect, test } from 'vitest'
import type { VolumeHandle } from '../../shared/api/contract.ts'
import { channelSamples, paint } from './samples.ts'

test('16-bit scans are painted as they are', () => {
  const values = Int16Array.of(-1000, 0, 400)
  expect(paint(values)).toEqual({ samples: values, slope: 1, intercept: 0, lowest: -1000, highest: 400 })
})

test('small 32-bit whole numbers keep their values', () => {
  const painted = paint(Int32Array.of(-5, 7))
  expect(painted.samples).toEqual(Int16Array.of(-5, 7))
  expect(painted.slope).toBe(1)
})

test('fractions survive: values between 0 and 1 come back within a step', () => {
  const values = Float32Array.of(0, 0.25, 0.5, 1)
  const { samples, slope, intercept } = paint(values)
  values.forEach((value, n) => expect(samples[n] * slope + intercept).toBeCloseTo(value, 4))
})

test('NaN, infinities and flat scans do no harm', () => {
  expect([...paint(Float32Array.of(NaN, 1, 3, Infinity, -Infinity)).samples]).toEqual([0, 0, 65535, 65535, 0])
  expect([...paint(Float32Array.of(2, 2)).samples]).toEqual([0, 0])
  expect(paint(Float32Array.of(NaN)).lowest).toBe(0)
})

test('a file that is too short is refused; channels are found', () => {
  const handle = { type: 'int16', shape: [2, 1, 1], channels: 2 } as unknown as VolumeHandle
  const bytes = Int16Array.of(1, 2, 3, 4).buffer
  expect([...channelSamples(bytes, handle, 1)]).toEqual([3, 4])
  expect(() => channelSamples(bytes.slice(2), handle, 0)).toThrow(RangeError)
})
