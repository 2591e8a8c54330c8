import { expect, test } from 'vitest'
import { brief, fromStored, toStored, usualWindow } from './presets.ts'

test('CT in Hounsfield units starts with soft tissue, everything else with its own values', () => {
  expect(usualWindow('CT', [-1000, 1200])).toEqual([-160, 240])
  expect(usualWindow('CT', [0, 255])).toEqual([0, 255])
  expect(usualWindow('MR', [-1000, 1200])).toEqual([-1000, 1200])
})

test('values are written short', () => {
  expect(brief(1234.4)).toBe('1234')
  expect(brief(0.01234)).toBe('0.0123')
  expect(brief(-5, 2000)).toBe('−5')
  expect(brief(0)).toBe('0')
})

test('a remembered window is the same in Hounsfield units, and in proportion for other values', () => {
  const ct = toStored([-100, 200], 'CT', [-1000, 1500])
  expect(fromStored(ct, 'CT', [-1024, 900])).toEqual([-100, 200])
  const mr = toStored([100, 300], 'MR', [0, 400])
  expect(fromStored(mr, 'MR', [0, 400])).toEqual([100, 300])
  expect(fromStored(mr, 'MR', [0, 2000])).toEqual([500, 1500])
})
