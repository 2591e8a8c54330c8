/** Connected pieces of what is marked in a grid. */
type Shape = readonly [number, number, number]

type Step = readonly [dx: number, dy: number, dz: number]

const around: readonly Step[] = Array.from({ length: 27 }, (_, k): Step => [
  (k % 3) - 1,
  (Math.floor(k / 3) % 3) - 1,
  Math.floor(k / 9) - 1,
]).filter((step) => step.some((d) => d !== 0))

/** What joins two voxels: a face, or an edge or corner, too. */
const neighbours = {
  faces: around.filter((step) => step.filter((d) => d !== 0).length === 1),
  corners: around,
}

/**
 * Pieces of the voxels for which `inside` is 1 (x fastest): each voxel's piece (from 1; 0 outside) and the voxels of each
 * piece (that of 0 is 0).
 */
export function pieces(
  inside: Uint8Array,
  [nx, ny, nz]: Shape,
  joinedBy: keyof typeof neighbours = 'faces',
): { of: Uint32Array; sizes: number[] } {
  const of = new Uint32Array(inside.length)
  const sizes = [0]
  const steps = neighbours[joinedBy].map(([dx, dy, dz]) => ({ dx, dy, dz, by: (dz * ny + dy) * nx + dx }))
  const stack: number[] = []
  for (let seed = 0; seed < inside.length; seed++) {
    if (!inside[seed] || of[seed]) continue
    const piece = sizes.length
    let count = 0
    of[seed] = piece
    stack.push(seed)
    while (stack.length) {
      const at = stack.pop()!
      count++
      const x = at % nx
      const y = Math.floor(at / nx) % ny
      const z = Math.floor(at / (nx * ny))
      for (const { dx, dy, dz, by } of steps) {
        if (x + dx < 0 || x + dx >= nx || y + dy < 0 || y + dy >= ny || z + dz < 0 || z + dz >= nz) continue
        const next = at + by
        if (!inside[next] || of[next]) continue
        of[next] = piece
        stack.push(next)
      }
    }
    sizes.push(count)
  }
  return { of, sizes }
}
