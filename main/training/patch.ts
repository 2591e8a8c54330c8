/** Patches cut from a prepared case, straight or turned and scaled. */
import type { Random } from '../../shared/domain/random.ts'
import type { PreparedCase } from './prepare.ts'

type Triple = [number, number, number]
/** Rows of a 3×3 matrix that maps patch coordinates (from its centre, voxels) to case coordinates. */
export type Matrix3 = [Triple, Triple, Triple]

/** A voxel whose label is unknown: losses leave it out. */
export const unknownLabel = 255

export interface PatchTarget {
  /** Size [x, y, z]. */
  patch: Triple
  /** Where to write: channels fastest, then x, y, z. */
  image: Float32Array
  /** Where to write labels, one a voxel, or null. */
  label: Float32Array | null
  /** Where to write 1 for a voxel inside the scan and 0 for one outside, if wanted. */
  inside?: Float32Array
}

/**
 * Centres that keep the patch inside the scan where it fits; along an axis on which the scan is smaller, the scan's centre.
 * `at` in [0, 1) per axis chooses among them.
 */
export function patchCentre(shape: Triple, patch: Triple, at: Triple): Triple {
  return shape.map((n, axis) => {
    const room = n - patch[axis]
    const start = room > 0 ? Math.floor(at[axis] * (room + 1)) : Math.round(room / 2)
    return start + (patch[axis] - 1) / 2
  }) as Triple
}

/** How often a centre is drawn anew that shows no tissue: a share of tissue of a tenth is then found four times in five. */
const draws = 16

/**
 * A centre at random, as patchCentre has them, on a voxel brighter than the scan's mean where some draws find one: most of a
 * CT is air, from which nothing can be learnt.
 */
export function drawTissueCentre(random: Random, from: PreparedCase, patch: Triple): Triple {
  let centre = patchCentre(from.shape, patch, [random.float(), random.float(), random.float()])
  for (let i = 1; i < draws && !showsTissue(from, centre); i++) {
    centre = patchCentre(from.shape, patch, [random.float(), random.float(), random.float()])
  }
  return centre
}

function showsTissue(from: PreparedCase, centre: Triple): boolean {
  const at = centre.map((c, axis) => Math.min(Math.max(Math.round(c), 0), from.shape[axis] - 1)) as Triple
  const { low, size, image } = from.voxels.box(at, at)!
  const [x, y, z] = at.map((c, axis) => c - low[axis])
  return image[(z * size[1] + y) * size[0] + x] > from.mean
}

/** Cuts a patch around `centre` (voxel coordinates) without interpolation. Outside the scan: image 0, label unknown. */
export function cutPatch(from: PreparedCase, centre: Triple, target: PatchTarget): void {
  const { patch, image, label, inside: within } = target
  const [nx, ny, nz] = from.shape
  const channels = from.channels
  const start = centre.map((c, axis) => Math.round(c - (patch[axis] - 1) / 2)) as Triple
  const box = from.voxels.box(start, start.map((s, axis) => s + patch[axis] - 1) as Triple)
  if (box === null) {
    image.fill(0)
    within?.fill(0)
    label?.fill(unknownLabel)
    return
  }
  const [bx, by, bz] = box.size
  const voxels = bx * by * bz
  const first = -((box.low[2] * by + box.low[1]) * bx + box.low[0])
  let to = 0
  for (let z = 0; z < patch[2]; z++) {
    const sz = start[2] + z
    for (let y = 0; y < patch[1]; y++) {
      const sy = start[1] + y
      const inside = sz >= 0 && sz < nz && sy >= 0 && sy < ny
      const row = first + (sz * by + sy) * bx
      for (let x = 0; x < patch[0]; x++, to++) {
        const sx = start[0] + x
        const known = inside && sx >= 0 && sx < nx
        for (let c = 0; c < channels; c++) image[to * channels + c] = known ? box.image[c * voxels + row + sx] : 0
        if (within) within[to] = known ? 1 : 0
        if (label) label[to] = known && box.label ? box.label[row + sx] : unknownLabel
      }
    }
  }
}

/** As `cutPatch`, through a matrix: trilinear for the image, nearest for the label (never invents a class on a border). */
export function warpPatch(from: PreparedCase, centre: Triple, matrix: Matrix3, target: PatchTarget): void {
  const { patch, image, label } = target
  const [nx, ny, nz] = from.shape
  const channels = from.channels
  const [a, b, c] = matrix
  const half = patch.map((n) => (n - 1) / 2)
  // Half a patch in all three directions, seen through the matrix, and the neighbours that are interpolated with.
  const reach = matrix.map((row) => row.reduce((sum, value, axis) => sum + Math.abs(value) * half[axis], 0) + 2)
  const box = from.voxels.box(
    centre.map((at, axis) => Math.floor(at - reach[axis])) as Triple,
    centre.map((at, axis) => Math.ceil(at + reach[axis])) as Triple,
  )
  if (box === null) {
    image.fill(0)
    label?.fill(unknownLabel)
    return
  }
  const [bx, by, bz] = box.size
  const slice = bx * by
  const voxels = slice * bz
  const first = -((box.low[2] * by + box.low[1]) * bx + box.low[0])
  let to = 0
  for (let z = 0; z < patch[2]; z++) {
    const pz = z - half[2]
    for (let y = 0; y < patch[1]; y++) {
      const py = y - half[1]
      let sx = centre[0] + a[1] * py + a[2] * pz - a[0] * half[0]
      let sy = centre[1] + b[1] * py + b[2] * pz - b[0] * half[0]
      let sz = centre[2] + c[1] * py + c[2] * pz - c[0] * half[0]
      for (let x = 0; x < patch[0]; x++, to++, sx += a[0], sy += b[0], sz += c[0]) {
        const rx = Math.round(sx)
        const ry = Math.round(sy)
        const rz = Math.round(sz)
        if (rx < 0 || ry < 0 || rz < 0 || rx >= nx || ry >= ny || rz >= nz) {
          for (let k = 0; k < channels; k++) image[to * channels + k] = 0
          if (label) label[to] = unknownLabel
          continue
        }
        // Within half a voxel outside the outermost centres the border value holds.
        const x0 = Math.min(Math.max(Math.floor(sx), 0), nx - 1)
        const y0 = Math.min(Math.max(Math.floor(sy), 0), ny - 1)
        const z0 = Math.min(Math.max(Math.floor(sz), 0), nz - 1)
        const dx = x0 + 1 < nx ? 1 : 0
        const dy = y0 + 1 < ny ? bx : 0
        const dz = z0 + 1 < nz ? slice : 0
        const fx = Math.min(Math.max(sx - x0, 0), 1)
        const fy = Math.min(Math.max(sy - y0, 0), 1)
        const fz = Math.min(Math.max(sz - z0, 0), 1)
        let at = first + z0 * slice + y0 * bx + x0
        for (let k = 0; k < channels; k++, at += voxels) {
          const s = box.image
          const v00 = s[at] + fx * (s[at + dx] - s[at])
          const v10 = s[at + dy] + fx * (s[at + dy + dx] - s[at + dy])
          const v01 = s[at + dz] + fx * (s[at + dz + dx] - s[at + dz])
          const v11 = s[at + dz + dy] + fx * (s[at + dz + dy + dx] - s[at + dz + dy])
          const v0 = v00 + fy * (v10 - v00)
          image[to * channels + k] = v0 + fz * (v01 + fy * (v11 - v01) - v0)
        }
        if (label) label[to] = box.label ? box.label[first + rz * slice + ry * bx + rx] : unknownLabel
      }
    }
  }
}
