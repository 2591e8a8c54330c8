/** Siemens mosaics: all slices of a volume as tiles of one picture, row by row, the last tiles empty. */
import type { Triple } from '../../../shared/domain/geometry.ts'
import { add, cross, dot, normalise, scale } from '../affine.ts'
import { csaValues } from './csa.ts'
import type { Dataset } from './dataset.ts'
import type { SlicePlace } from './format.ts'

/** A part of a stored picture that is a slice: its corner and size in pixels. */
export type Tile = { left: number; top: number; columns: number; rows: number }

export type MosaicSlice = { place: SlicePlace; tile: Tile }

/**
 * The slices of a mosaic, or why they cannot be told. The picture's position is that of a slice as large as the picture,
 * centred where the true slices are; so the true corner lies half the difference further in (both along rows and columns).
 */
export function mosaicSlices(
  dataset: Dataset,
  whole: SlicePlace | undefined,
  rows: number,
  columns: number,
): MosaicSlice[] | string {
  if (!whole) return 'This is a Siemens mosaic without a valid position and orientation, so it cannot be placed.'
  const csa = siemensHeader(dataset)
  const count = Number(csa?.('NumberOfImagesInMosaic')[0] ?? dataset.uint16('x0019100a'))
  const across = Math.ceil(Math.sqrt(count || 1))
  if (!Number.isInteger(count) || count < 1 || across > 64 || columns % across !== 0 || rows % across !== 0)
    return 'This is a Siemens mosaic that does not say how many slices it holds; export it as NIfTI.'
  const tile = { columns: columns / across, rows: rows / across }
  const distance = dataset.decimal('x00180088') ?? dataset.decimal('x00180050')
  if (!(distance !== undefined && distance > 0))
    return 'This is a Siemens mosaic that does not say how far apart its slices are; export it as NIfTI.'

  const { rowDirection, columnDirection, pixelSpacing, position } = whole
  const stated = (csa?.('SliceNormalVector') ?? []).map(Number)
  const across3 = normalise(cross(rowDirection, columnDirection))
  // The header's normal tells the order of the tiles: along the slices' normal or against it.
  const against = stated.length === 3 && stated.every(Number.isFinite) && dot(stated as Triple, across3) < 0
  const step = scale(across3, against ? -distance : distance)
  const inRow = scale(rowDirection, (pixelSpacing[1] * (columns - tile.columns)) / 2)
  const inColumn = scale(columnDirection, (pixelSpacing[0] * (rows - tile.rows)) / 2)
  const corner = add(add(position, inRow), inColumn)
  return Array.from({ length: count }, (_, n) => ({
    place: { ...whole, position: add(corner, step, n) },
    tile: { ...tile, left: tile.columns * (n % across), top: tile.rows * Math.floor(n / across) },
  }))
}

/** Entries of the CSA image header, which a private creator (0029,00xx) announces; undefined where there is none. */
function siemensHeader(dataset: Dataset): ((name: string) => string[]) | undefined {
  for (let block = 0x10; block <= 0xff; block++) {
    if (dataset.text(`x002900${block.toString(16)}`) !== 'SIEMENS CSA HEADER') continue
    const bytes = dataset.bytesOf(`x0029${block.toString(16)}10`)
    if (bytes) return (name) => csaValues(bytes, name)
  }
  return undefined
}
