import { expect, test } from 'vitest'
import type { Label } from '../../../shared/domain/records.ts'
import { withNewLabel } from './newLabel.ts'

const nameOf = (n: number) => `Label ${n}`

test('a new label takes the lowest free value, and a name, key and colour that nobody has', () => {
  let set: Label[] = []
  for (let n = 0; n < 12; n++) set = withNewLabel(set, nameOf)!
  expect(set.map(({ value }) => value)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  expect(set.map(({ key }) => key).slice(8)).toEqual([9, null, null, null])
  expect(new Set(set.slice(0, 9).map(({ color }) => color)).size).toBe(9)
  const gap = withNewLabel([{ ...set[0], name: 'Label 2' }, set[2]], nameOf)!
  expect(gap.at(-1)).toMatchObject({ value: 2, name: 'Label 4', key: 2 })
})

test('a value that was ever used is taken only where no other is left', () => {
  expect(withNewLabel([], nameOf, [1, 2])!.at(-1)).toMatchObject({ value: 3 })
  const numbers = Array.from({ length: 254 }, (_, n) => n + 1)
  expect(withNewLabel([], nameOf, numbers)!.at(-1)).toMatchObject({ value: 1 })
})

test('all 254 values taken', () => {
  const full = Array.from({ length: 254 }, (_, n) => ({ value: n + 1, name: `${n}`, color: '#000000', key: null }))
  expect(withNewLabel(full, nameOf)).toBeNull()
})
