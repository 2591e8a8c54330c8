import { expect, test } from 'vitest'
import type { LabelVersion } from '../../../shared/domain/records.ts'
import { difference, sittings } from './versions.ts'

const version = (
  id: string,
  parentId: string | null,
  minute: number,
  more: Partial<LabelVersion> = {},
): LabelVersion => ({
  id,
  caseId: 'case',
  kind: 'label',
  author: 'you',
  parentId,
  modelId: null,
  created: new Date(Date.UTC(2026, 0, 2, 10, minute)).toISOString(),
  sha256: '',
  volumes: [],
  ...more,
})

test('saves of one sitting are one entry; a pause, an import, another hand or another beginning starts the next', () => {
  const versions = [
    version('h', 'f', 101),
    version('g', 'f', 100, { kind: 'proposal', author: 'model' }),
    version('f', 'd', 99),
    version('e', 'b', 98),
    version('d', 'c', 97),
    version('c', 'b', 50),
    version('b', 'a', 45),
    version('a', null, 44, { author: 'imported' }),
  ]
  expect(sittings(versions).map(({ saves }) => saves.map(({ id }) => id))).toEqual([
    ['h', 'f'],
    ['e'],
    ['d'],
    ['c', 'b'],
    ['a'],
  ])
  expect(sittings(versions)[3]).toMatchObject({ newest: { id: 'c' }, began: versions[6].created })
})

test('the difference names each voxel once, and tells labels from what is only unknown', () => {
  const now = Uint8Array.of(0, 1, 1, 2, 0, 255, 255, 3)
  const then = Uint8Array.of(0, 1, 2, 0, 1, 0, 2, 255)
  const { mask, gained, lost, changed } = difference(now, then)
  expect([...mask]).toEqual([0, 0, 2, 255, 1, 0, 2, 255])
  expect([gained[1], gained[2], lost[1], lost[2], lost[3]]).toEqual([1, 2, 1, 1, 1])
  expect(changed).toBe(6)
})
