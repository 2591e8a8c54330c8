import { expect, it } from 'vitest'
import { identity } from './affine.ts'
import { nearestPlane } from './between.ts'
import type { Segmentation } from './dicom/seg/read.ts'
import { makeGeometry } from './geometry.ts'
import { segmentationLabels, structureLabels, type StructureSet } from './segmentation.ts'

it('a slice takes the nearest plane, fills in one that is missing, and nothing far away', () => {
  const planes = [1.2, 2.2, 4.2]
  expect([0, 1, 2, 3, 4, 5].map((at) => nearestPlane(planes, at))).toEqual([undefined, 0, 1, 1, 2, undefined])
  expect([0, 1, 2].map((at) => nearestPlane([0.9], at))).toEqual([undefined, 0, undefined])
  expect(nearestPlane([0, 1, 2, 8], 5)).toBeUndefined()
})

const grid = makeGeometry([8, 6, 4], identity)
/** How many voxels of each slice are marked. */
const perSlice = (samples: Uint8Array) => [0, 1, 2, 3].map((k) => samples.subarray(48 * k, 48 * (k + 1)).filter((v) => v > 0).length) // prettier-ignore

it('contours between slices are refused, or taken by the nearest slice with a warning where that is wished', () => {
  const square = (z: number) => Float64Array.of(1.5, 1.5, z, 4.5, 1.5, z, 4.5, 3.5, z, 1.5, 3.5, z)
  const set: StructureSet = {
    rois: [{ number: 1, name: 'Box', color: undefined, contours: [square(1.3), square(2.3)], open: 0 }],
    studyUid: '',
    frameOfReference: '',
    sourceSeries: [],
    sourceInstances: [],
  }
  expect(structureLabels(set, grid)).toMatchObject({ ok: false, reason: expect.stringContaining('do not lie in') })
  const near = structureLabels(set, grid, true)
  expect(near.ok && [perSlice(near.labels.samples), near.warnings]).toEqual([[0, 6, 6, 0], [expect.stringMatching(/0\.30 slices away/)]]) // prettier-ignore
  const tilted = { ...set, rois: [{ ...set.rois[0], contours: [Float64Array.of(1, 1, 0, 5, 1, 1, 5, 4, 2)] }] }
  expect(structureLabels(tilted, grid, true)).toMatchObject({
    ok: false,
    reason: expect.stringContaining('not parallel'),
  })
})

it('frames of a segmentation likewise; none of it may fall outside', () => {
  // In LPS, so that the grid's first columns and rows are at the far ends.
  const frame = (z: number, x = -0.2) => ({
    place: { position: [x, 0, z] as [number, number, number], rowDirection: [-1, 0, 0] as [number, number, number], columnDirection: [0, -1, 0] as [number, number, number], pixelSpacing: [1, 1] as [number, number] },
    segment: 1,
    values: Uint8Array.from({ length: 48 }, (_, n) => Number(n % 8 < 3 && n < 16)),
  }) // prettier-ignore
  const segmentation = (...frames: ReturnType<typeof frame>[]): Segmentation => ({
    type: 'BINARY',
    most: 1,
    rows: 6,
    columns: 8,
    segments: [{ number: 1, label: 'Box' }],
    frames,
    sliceDistance: 1,
    sliceThickness: 1,
    studyUid: '',
    frameOfReference: '',
    sourceSeries: [],
    sourceInstances: [],
  })
  const drawn = segmentation(frame(1.3), frame(2.3))
  expect(segmentationLabels(drawn, grid)).toMatchObject({ ok: false })
  const near = segmentationLabels(drawn, grid, true)
  expect(near.ok && [perSlice(near.labels.samples), near.warnings]).toEqual([[0, 6, 6, 0], [expect.stringMatching(/0\.30 slices away/)]]) // prettier-ignore
  expect(segmentationLabels(segmentation(frame(1.3, 3)), grid, true)).toMatchObject({ ok: false })
})
