import { expect, test } from 'vitest'
import { clampIndex, cutSlice, edgesOf, scaleBar } from './planes.ts'

test('the patient’s right is on the left of axial and coronal planes, the front on the left of the sagittal one', () => {
  expect(edgesOf('axial')).toEqual({ left: 'right', right: 'left', top: 'anterior', bottom: 'posterior' })
  expect(edgesOf('coronal')).toEqual({ left: 'right', right: 'left', top: 'superior', bottom: 'inferior' })
  expect(edgesOf('sagittal')).toEqual({ left: 'anterior', right: 'posterior', top: 'superior', bottom: 'inferior' })
})

test('slices hold the voxels of their plane', () => {
  const shape = [2, 3, 4]
  const map = Uint8Array.from({ length: 24 }, (_, n) => n)
  const at = (i: number, j: number, k: number) => i + 2 * (j + 3 * k)
  const axial = cutSlice(map, shape, 'axial', 2)
  expect([axial.width, axial.height]).toEqual([2, 3])
  expect(axial.samples[1 * 2 + 1]).toBe(at(1, 1, 2))
  const coronal = cutSlice(map, shape, 'coronal', 1)
  expect([coronal.width, coronal.height]).toEqual([2, 4])
  expect(coronal.samples[3 * 2 + 0]).toBe(at(0, 1, 3))
  const sagittal = cutSlice(map, shape, 'sagittal', 1)
  expect([sagittal.width, sagittal.height]).toEqual([3, 4])
  expect(sagittal.samples[3 * 3 + 2]).toBe(at(1, 2, 3))
})

test('an index outside the volume becomes the nearest voxel', () => {
  expect(clampIndex([-3, 1.6, 99], [4, 4, 4])).toEqual([0, 2, 3])
})

test('scale bars have round lengths and fit', () => {
  expect(scaleBar(8, 120)).toEqual({ mm: 10, pixels: 80 })
  expect(scaleBar(0.9, 120)).toEqual({ mm: 100, pixels: 90 })
  expect(scaleBar(60, 120)).toEqual({ mm: 2, pixels: 120 })
  expect(scaleBar(0, 120)).toBeNull()
})
