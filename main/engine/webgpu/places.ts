/** WGSL for positions in volumes: `[N, D, H, W, C]` with a halo of one voxel. */
import type { Stage } from './shader.ts'

export interface Extent {
  readonly n: number
  readonly d: number
  readonly h: number
  readonly w: number
  readonly c: number
}

export const voxels = ({ n, d, h, w }: Extent): number => n * d * h * w
export const padded = ({ n, d, h, w, c }: Extent): number => n * (d + 2) * (h + 2) * (w + 2) * c

/** `fn name(n, d, h, w) -> u32`: index of channel 0 of a voxel; d, h, w from 0, without the halo. */
export const cell = (name: string, { d, h, w, c }: Extent): string =>
  `fn ${name}(n: u32, d: u32, h: u32, w: u32) -> u32 {
  return (((n * ${d + 2}u + d + 1u) * ${h + 2}u + h + 1u) * ${w + 2}u + w + 1u) * ${c}u;
}`

/** `fn name(voxel) -> u32`: the same for a voxel's number in n, d, h, w order. */
export const cellOf = (name: string, { d, h, w, c }: Extent): string =>
  `fn ${name}(voxel: u32) -> u32 {
  let w = voxel % ${w}u; let row = voxel / ${w}u;
  let h = row % ${h}u; let plane = row / ${h}u;
  let d = plane % ${d}u; let n = plane / ${d}u;
  return (((n * ${d + 2}u + d + 1u) * ${h + 2}u + h + 1u) * ${w + 2}u + w + 1u) * ${c}u;
}`

/** `fn name(i) -> Place` for any float of a volume, or (perVoxel) any voxel with the halo; `d`, `h`, `w` wrap below 0 in the halo. */
export const placeOf = (name: string, { d, h, w, c }: Extent): string =>
  `struct Place { inside: bool, n: u32, d: u32, h: u32, w: u32, c: u32, voxel: u32 }
fn ${name}(i: u32) -> Place {
  var v = i / ${c}u;
  let w = v % ${w + 2}u - 1u; v = v / ${w + 2}u;
  let h = v % ${h + 2}u - 1u; v = v / ${h + 2}u;
  let d = v % ${d + 2}u - 1u; let n = v / ${d + 2}u;
  let inside = d < ${d}u && h < ${h}u && w < ${w}u;
  return Place(inside, n, d, h, w, i % ${c}u, ((n * ${d}u + d) * ${h}u + h) * ${w}u + w);
}`

/** One invocation for each of `count` items; the body uses `i`. */
export const each = (count: number, body: string, { helpers = '', work = 40 } = {}): Stage => ({
  code: `${helpers}
fn run(group: u32, lane: u32) {
  let i = group * 256u + lane;
  if (i >= ${count}u) { return; }
  ${body}
}`,
  groups: Math.ceil(count / 256),
  workPerGroup: 256 * work,
})

/** The same over `size` floats, where the size is not part of the text. */
export const eachOfSize = (size: number, body: string, helpers = ''): Stage => ({
  code: `${helpers}
fn run(group: u32, lane: u32) {
  let i = group * 256u + lane;
  if (i >= $size) { return; }
  ${body}
}`,
  groups: Math.ceil(size / 256),
  workPerGroup: 256 * 40,
})

/** Set the halo of a volume to zero. */
export function clearHalo(tensor: string, { n, d, h, w, c }: Extent): Stage {
  const [plane, row, voxel] = [(h + 2) * (w + 2) * c, (w + 2) * c, c]
  const [planes, rows, columns] = [2 * plane, 2 * d * row, 2 * d * h * voxel]
  const all = planes + rows + columns
  return each(
    n * all,
    `let n = i / ${all}u; var k = i % ${all}u; var at = 0u;
  if (k < ${planes}u) { at = k / ${plane}u * ${(d + 1) * plane}u + k % ${plane}u; }
  else if (k < ${planes + rows}u) {
    k -= ${planes}u; let side = k / ${row}u;
    at = (side / 2u + 1u) * ${plane}u + side % 2u * ${(h + 1) * row}u + k % ${row}u;
  } else {
    k -= ${planes + rows}u; let side = k / ${voxel}u; let line = side / 2u;
    at = (line / ${h}u + 1u) * ${plane}u + (line % ${h}u + 1u) * ${row}u + side % 2u * ${(w + 1) * voxel}u + k % ${voxel}u;
  }
  write_${tensor}(n * ${(d + 2) * plane}u + at, 0.0);`,
  )
}
