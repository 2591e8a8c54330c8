import { expect, it } from 'vitest'
import type { Triple } from '../../shared/domain/geometry.ts'
import { checkParts } from './parts.ts'
import { unknownLabel } from './patch.ts'
import type { PreparedCase } from './prepare.ts'
import { memoryHost } from './testing.ts'
import { inMemory } from './voxels.ts'

const shape: Triple = [4, 3, 10]

/** Labelled in these slices of ten. */
function labelledIn(...slices: number[]): PreparedCase {
  const label = Uint8Array.from({ length: 120 }, (_, v) => (slices.includes(Math.floor(v / 12)) ? v % 2 : unknownLabel))
  const voxels = inMemory(shape, new Float32Array(label.length), label)
  const source = { shape, spacing: [1, 1, 1] as Triple, region: { low: [0, 0, 0] as Triple, size: shape } }
  return { id: '', name: '', channels: 1, shape, voxels, labelled: true, mean: 0, foreground: [], source }
}

function said(...cases: PreparedCase[]): string[] {
  const host = memoryHost([], new Map(), 'run')
  checkParts(cases, host)
  return host.messages.flatMap((message) => (message.type === 'notice' ? [message.text] : []))
}

it('says so where every scan is labelled in one part only', () => {
  expect(said(labelledIn(4, 5), labelledIn(3, 4, 5))).toEqual([expect.stringContaining('30 % of its length at most')])
})

it('is content where one scan shows its whole length, in some slices or all', () => {
  expect(said(labelledIn(4, 5), labelledIn(1, 5, 9))).toEqual([])
  expect(said(labelledIn(4), labelledIn(...Array(10).keys()))).toEqual([])
})
