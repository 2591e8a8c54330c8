/** Where the voxels of a NIfTI image lie: sform, qform, pixdim (nifti1.h, "3D IMAGE (VOLUME) ORIENTATION AND LOCATION"). */
import type { Affine, Geometry, Triple } from '../../../shared/domain/geometry.ts'
import { fromColumns, scale } from '../affine.ts'
import { canonicalPermutation } from '../canonical.ts'
import { isUsable, makeGeometry, shear } from '../geometry.ts'
import type { NiftiHeader } from './header.ts'

/** Which record of the header the position was taken from. */
export type NiftiForm = 'sform' | 'qform' | 'pixdim'

/**
 * The geometry in RAS mm: the sform where its code is above 0, else the qform where its code is, else voxel sizes alone
 * with voxel (0, 0, 0) at the origin ("method 1"). Records that cannot place voxels are passed over with a warning.
 * Always gives a usable geometry.
 */
export function niftiGrid(
  header: NiftiHeader,
  shape: Triple,
): { geometry: Geometry; form: NiftiForm; code: number; warnings: string[] } {
  const warnings: string[] = []
  const sizes = voxelSizes(header, warnings)
  const sform = header.sformCode > 0 ? fromRows(header.srow) : undefined
  const qform = header.qformCode > 0 ? fromQuaternion(header, sizes) : undefined
  const unit = unitInMm(header, sizes, warnings)
  const result = (affine: Affine, form: NiftiForm, code: number) => {
    const geometry = makeGeometry(shape, scaled(affine, unit))
    const angle = shear(geometry.affine)
    if (angle > 0.5)
      warnings.push(
        `The voxel axes are not at right angles (${angle.toFixed(1)}° off); the picture is shown unsheared.`,
      )
    return { geometry, form, code, warnings }
  }
  if (sform && isUsable(sform)) {
    if (qform && isUsable(qform) && !sameOrientation(sform, qform, shape))
      warnings.push(
        'The two position records of the file (sform and qform) disagree about its orientation; the sform is used.',
      )
    return result(sform, 'sform', header.sformCode)
  }
  if (sform) warnings.push('The first position record of the file (sform) is damaged and was passed over.')
  if (qform && isUsable(qform)) return result(qform, 'qform', header.qformCode)
  if (qform) warnings.push('The position record of the file (qform) is damaged and was passed over.')
  warnings.push('The file does not say how the scan lies in the patient; left and right may be exchanged.')
  return result(fromColumns([sizes[0], 0, 0], [0, sizes[1], 0], [0, 0, sizes[2]], [0, 0, 0]), 'pixdim', 0)
}

/** A rotation quaternion's three stored parts as a matrix of unit columns (nifti1.h, "method 2"). */
export function quaternionColumns([b, c, d]: number[]): [Triple, Triple, Triple] {
  let a = 1 - (b * b + c * c + d * d)
  if (a < 1e-7) {
    // A half turn, rounded: the three parts alone make the unit quaternion.
    const length = Math.hypot(b, c, d) || 1
    ;[a, b, c, d] = [0, b / length, c / length, d / length]
  } else a = Math.sqrt(a)
  return [
    [a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)],
    [2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)],
    [2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - c * c - b * b],
  ]
}

function voxelSizes(header: NiftiHeader, warnings: string[]): Triple {
  const used = header.dim[0]
  const stored = [1, 2, 3].map((n) => (n <= used ? header.pixdim[n] : 1))
  if (stored.some((v) => !Number.isFinite(v) || v === 0))
    warnings.push('The file gives no voxel size along one of its axes; 1 mm is assumed where nothing else says so.')
  return stored.map((v) => (Number.isFinite(v) && v !== 0 ? Math.abs(v) : 1)) as Triple
}

function fromRows([x, y, z]: number[][]): Affine {
  return [x, y, z, [0, 0, 0, 1]] as Affine
}

function fromQuaternion(header: NiftiHeader, sizes: Triple): Affine {
  const [i, j, k] = quaternionColumns(header.quaternion)
  const qfac = header.pixdim[0] < 0 ? -1 : 1
  return fromColumns(scale(i, sizes[0]), scale(j, sizes[1]), scale(k, sizes[2] * qfac), header.offset as Triple)
}

/** xyzt_units: 1 metre, 2 mm, 3 micrometre, 0 unknown. A unit that makes voxels of absurd size is not believed. */
function unitInMm(header: NiftiHeader, sizes: Triple, warnings: string[]): number {
  const unit = { 1: 1000, 3: 0.001 }[header.units & 7]
  if (unit === undefined) return 1
  const name = unit === 1000 ? 'metres' : 'micrometres'
  if (sizes.every((v) => v * unit >= 1e-3 && v * unit <= 100)) {
    warnings.push(`The file measures in ${name}; converted to mm.`)
    return unit
  }
  warnings.push(`The file says that it measures in ${name}, which cannot be right; mm is assumed.`)
  return 1
}

function scaled(affine: Affine, unit: number): Affine {
  return affine.map((row, r) => (r < 3 ? row.map((v) => v * unit) : row)) as Affine
}

function sameOrientation(a: Affine, b: Affine, shape: Triple): boolean {
  const [p, q] = [a, b].map((affine) => canonicalPermutation(makeGeometry(shape, affine)))
  return p.axes.join() === q.axes.join() && p.flips.join() === q.flips.join()
}
