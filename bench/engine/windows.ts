export type Box = readonly [number, number, number]

/** Where windows of `patch` voxels start that cover a box of `size` voxels with at least half overlap. */
export function windowStarts(size: Box, patch: readonly number[]): Box[] {
  const along = size.map((length, axis) => {
    const room = length - patch[axis]
    const steps = Math.ceil(room / (patch[axis] / 2))
    return Array.from({ length: steps + 1 }, (_, i) => (steps === 0 ? 0 : Math.round((room * i) / steps)))
  })
  return along[0].flatMap((z) => along[1].flatMap((y) => along[2].map((x): Box => [z, y, x])))
}
