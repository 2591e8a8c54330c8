/** Files that hold more than one slice: enhanced multi-frame images and mosaics, as slices that each know their place. */
import type { Dataset } from './dataset.ts'
import { enhancedFrames } from './enhanced.ts'
import type { SlicePlace } from './format.ts'
import type { Tile } from './mosaic.ts'
import { mosaicSlices } from './mosaic.ts'

/** One slice of a file; what is undefined is as the file's header says. */
export type FrameHeader = {
  /** Which stored picture, from 0. */
  frame: number
  place: SlicePlace
  /** The part of the picture, where the slice is not all of it. */
  tile?: Tile
  slope?: number
  intercept?: number
  imageType?: string[]
  sliceThickness?: number
  spacingBetweenSlices?: number
  dimensions: Record<string, string>
}

type Facts = {
  sopClass: string
  imageType: string[]
  rows: number
  columns: number
  place: SlicePlace | undefined
  frameCount: number
}

/** No scanner makes more; a damaged count must not become a long list. */
const mostFrames = 100_000

/** The slices of a file that holds several; undefined for a classic slice; or why they cannot be placed. */
export function framesOf(dataset: Dataset, facts: Facts): FrameHeader[] | string | undefined {
  const { imageType, rows, columns, place, frameCount } = facts
  if (frameCount > mostFrames) return `The file is damaged: it claims to hold ${frameCount} frames.`
  const isEnhanced = dataset.has('x52009229') || dataset.has('x52009230')
  if (isEnhanced) {
    const frames = enhancedFrames(dataset, frameCount)
    if (!frames || frames.length < frameCount)
      return 'The file is damaged: it does not describe all of the frames that it holds.'
    const placed = frames.flatMap((frame, n) => (frame.place ? [{ ...frame, place: frame.place, frame: n }] : []))
    if (placed.length < frameCount)
      return 'The file does not say where its frames lie in the patient (no valid position, orientation and pixel size), so they cannot make a 3D scan.'
    return placed
  }
  if (imageType.includes('MOSAIC') && frameCount === 1) {
    const slices = mosaicSlices(dataset, place, rows, columns)
    return typeof slices === 'string' ? slices : slices.map((slice) => ({ ...slice, frame: 0, dimensions: {} }))
  }
  if (frameCount === 1) return undefined
  return gridFrames(dataset, place, frameCount)
}

/** Frames at offsets from the first along the normal: (3004,000C) Grid Frame Offset Vector. */
function gridFrames(dataset: Dataset, place: SlicePlace | undefined, count: number): FrameHeader[] | string {
  const offsets = dataset.decimals('x3004000c')
  if (!place || offsets?.length !== count)
    return `This is a multi-frame image (${count} frames) that does not say where its frames lie in the patient, so they cannot make a 3D scan.`
  const [r, c] = [place.rowDirection, place.columnDirection]
  const normal = [r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]]
  // Absolute z coordinates are allowed for axial grids; offsets begin with 0.
  const first = offsets[0]
  return offsets.map((offset, frame) => ({
    frame,
    place: {
      ...place,
      position: place.position.map((v, n) => v + normal[n] * (offset - first)) as SlicePlace['position'],
    },
    dimensions: {},
  }))
}
