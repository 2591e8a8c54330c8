import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { canonicalPermutation } from '../../imaging/canonical.ts'
import { alone, assemble, groupSeries, readHeader } from '../../imaging/dicom.ts'
import { dicomFile, sliceFields, words } from '../../imaging/dicom/testing.ts'
import { rawHash } from './bytes.ts'
import { manyHands } from './hands.ts'
import { startThreads } from './threads.ts'

const rle = '1.2.840.10008.1.2.5'

/** A frame of 16-bit words in RLE (PS3.5 G): the upper bytes, then the lower ones, all literal. */
function packed(values: readonly number[]): Uint8Array {
  const bytes = words(values)
  const segment = (low: number) => [values.length - 1, ...values.map((_, n) => bytes[2 * n + low]), 0]
  const [high, low] = [segment(1), segment(0)]
  return Uint8Array.from([...new Uint8Array(Uint32Array.of(2, 64, 64 + high.length, ...Array(13).fill(0)).buffer), ...high, ...low]) // prettier-ignore
}

it.each([
  ['axial', '1\\0\\0\\0\\1\\0'],
  ['sagittal', '0\\1\\0\\0\\0\\-1'],
])('the compressed frames of one file are the same decoded by one thread or by several: %s', async (_, orientation) => {
  await startThreads()
  const count = 70
  const value = (frame: number, n: number) => (31 * frame + 7 * n) % 4096
  const file = dicomFile(
    sliceFields(0, {
      '00080005': 'ISO_IR 192',
      '00200037': orientation,
      '00280008': String(count),
      '3004000c': Array.from({ length: count }, (_, n) => 2 * n).join('\\'),
    }),
    { syntax: rle, frames: Array.from({ length: count }, (_, k) => packed(Array.from({ length: 12 }, (_, n) => value(k, n)))) }, // prettier-ignore
  )
  const path = join(mkdtempSync(join(tmpdir(), 'handful-frames-')), 'frames.dcm')
  writeFileSync(path, file)
  const read = await readHeader(file)
  if (!read.ok) throw new Error(read.reason)
  const [plan] = groupSeries([read.header])
  if (!plan.ok) throw new Error(plan.reason)
  const permutation = canonicalPermutation(plan.geometry)
  const source = () => ({ path, known: null })
  const hands = manyHands(source, () => false, () => {}) // prettier-ignore
  const several = await assemble(plan, hands, permutation)
  const one = await assemble(plan, alone(async () => file), permutation) // prettier-ignore
  if (!several.ok || !one.ok) throw new Error('refused')
  expect(one.volume.samples).toHaveLength(12 * count)
  expect([...several.volume.samples]).toEqual([...one.volume.samples])
  expect(new Set(one.volume.samples).size).toBeGreaterThan(500)
  expect(hands.hashes.map((hash) => Buffer.from(hash).toString('hex'))).toEqual([rawHash(file).toString('hex')])
})
