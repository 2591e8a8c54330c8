/**
 * What the plain kernels share. They are the meaning of the kernel table: straightforward loops, sums in double, one
 * thread (thread 0 does everything, the others return). Every fast kernel is tested against them.
 */

/** A kernel: the arena, the call's integers and reals in the table's order, and who runs it. */
export type Kernel = (
  floats: Float32Array,
  ints: ArrayLike<number>,
  reals: ArrayLike<number>,
  thread: number,
  threads: number,
) => void

/** A volume `[N, D, H, W, C]` in the arena, stored with its halo of one voxel. */
export interface Volume {
  readonly offset: number
  readonly n: number
  readonly d: number
  readonly h: number
  readonly w: number
  readonly c: number
}

export const volume = (offset: number, n: number, d: number, h: number, w: number, c: number): Volume => ({
  offset,
  n,
  d,
  h,
  w,
  c,
})

/** Arena index of channel 0 of a voxel; d, h, w may be -1 or the size (the halo). */
export const at = (v: Volume, n: number, d: number, h: number, w: number): number =>
  v.offset + (((n * (v.d + 2) + d + 1) * (v.h + 2) + h + 1) * (v.w + 2) + w + 1) * v.c

/** Set the halo of channels `from` to `to` (all by default) to zero. */
export function zeroHalo(floats: Float32Array, v: Volume, from = 0, to = v.c): void {
  for (let n = 0; n < v.n; n++)
    for (let d = -1; d <= v.d; d++)
      for (let h = -1; h <= v.h; h++) {
        const whole = d < 0 || d === v.d || h < 0 || h === v.h
        for (let w = -1; w <= v.w; w += whole || w === v.w ? 1 : v.w + 1) {
          const i = at(v, n, d, h, w)
          floats.fill(0, i + from, i + to)
        }
      }
}

/** Call `visit` for each voxel with its arena index and its running number (n, d, h, w order, no halo). */
export function eachVoxel(v: Volume, visit: (index: number, voxel: number, n: number) => void): void {
  let voxel = 0
  for (let n = 0; n < v.n; n++)
    for (let d = 0; d < v.d; d++)
      for (let h = 0; h < v.h; h++) for (let w = 0; w < v.w; w++) visit(at(v, n, d, h, w), voxel++, n)
}

/** `count` doubles that start at an arena offset. */
export const doubles = (floats: Float32Array, offset: number, count: number): Float64Array =>
  new Float64Array(floats.buffer, floats.byteOffset + offset * 4, count)
