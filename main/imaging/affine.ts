/** Small matrix maths for voxel-to-world affines. Pure; nothing is changed in place. */
import type { Affine, Row, Triple } from '../../shared/domain/geometry.ts'

export const identity: Affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
]

/** a · b. */
export function multiply(a: Affine, b: Affine): Affine {
  const row = (r: Row): Row =>
    [0, 1, 2, 3].map((c) => r[0] * b[0][c] + r[1] * b[1][c] + r[2] * b[2][c] + r[3] * b[3][c]) as Row
  return [row(a[0]), row(a[1]), row(a[2]), row(a[3])]
}

/** Where a point goes, e.g. a (fractional) voxel index to RAS mm. */
export function apply(a: Affine, [x, y, z]: Triple): Triple {
  return [0, 1, 2].map((r) => a[r][0] * x + a[r][1] * y + a[r][2] * z + a[r][3]) as Triple
}

/** Column c (0, 1, 2) of the 3×3 part: the step in mm along one voxel axis. */
export function column(a: Affine, c: number): Triple {
  return [a[0][c], a[1][c], a[2][c]]
}

/** An affine from the steps along its three voxel axes and the position of voxel (0, 0, 0), all in mm. */
export function fromColumns(i: Triple, j: Triple, k: Triple, origin: Triple): Affine {
  return [
    [i[0], j[0], k[0], origin[0]],
    [i[1], j[1], k[1], origin[1]],
    [i[2], j[2], k[2], origin[2]],
    [0, 0, 0, 1],
  ]
}

/** Determinant of the 3×3 part: signed volume of a voxel in mm³; negative means a left-handed grid. */
export function determinant(a: Affine): number {
  return dot(column(a, 0), cross(column(a, 1), column(a, 2)))
}

/** The inverse of an affine. Throws RangeError where there is none (checked geometries always have one). */
export function invert(a: Affine): Affine {
  const [i, j, k] = [column(a, 0), column(a, 1), column(a, 2)]
  const d = determinant(a)
  if (!Number.isFinite(1 / d)) throw new RangeError('affine has no inverse')
  const rows = [cross(j, k), cross(k, i), cross(i, j)].map((r) => r.map((v) => v / d) as Triple)
  const origin: Triple = [a[0][3], a[1][3], a[2][3]]
  const out = rows.map((r) => [r[0], r[1], r[2], -dot(r, origin)] as Row)
  return [out[0], out[1], out[2], [0, 0, 0, 1]]
}

export function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

export function cross(a: Triple, b: Triple): Triple {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

export function length(a: Triple): number {
  return Math.hypot(a[0], a[1], a[2])
}

/** a + s · b. */
export function add(a: Triple, b: Triple, s = 1): Triple {
  return [a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]]
}

export function scale(a: Triple, s: number): Triple {
  return [a[0] * s, a[1] * s, a[2] * s]
}

export function normalise(a: Triple): Triple {
  return scale(a, 1 / length(a))
}
