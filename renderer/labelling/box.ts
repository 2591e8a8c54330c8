/** The part of a map that an edit is about: whole-label edits cost what the label takes, not what the scan takes. */
import type { Triple } from './map.ts'

/** Corners of a box of voxels, both included. */
export interface Box {
  readonly low: Triple
  readonly shape: Triple
}

/** The smallest box around all voxels of `value`, widened by `pad` voxels on each axis within the map; null for none. */
export function boxAround(samples: Uint8Array, shape: Triple, value: number, pad: Triple): Box | null {
  const [nx, ny, nz] = shape
  const low = [nx, ny, nz]
  const high = [-1, -1, -1]
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++) {
      const start = nx * (y + ny * z)
      const first = samples.indexOf(value, start)
      if (first < 0) return finish()
      if (first >= start + nx) {
        // Nothing in this row; the next one that has something is where it goes on.
        const row = Math.floor(first / nx)
        y = (row % ny) - 1
        z = Math.floor(row / ny)
        continue
      }
      const last = samples.lastIndexOf(value, start + nx - 1)
      low[0] = Math.min(low[0], first - start)
      high[0] = Math.max(high[0], last - start)
      low[1] = Math.min(low[1], y)
      high[1] = Math.max(high[1], y)
      low[2] = Math.min(low[2], z)
      high[2] = Math.max(high[2], z)
    }
  return finish()

  function finish(): Box | null {
    if (high[0] < 0) return null
    const from = low.map((at, axis) => Math.max(0, at - pad[axis]))
    const to = high.map((at, axis) => Math.min(shape[axis] - 1, at + pad[axis]))
    return { low: asTriple(from), shape: asTriple(to.map((at, axis) => at - from[axis] + 1)) }
  }
}

const asTriple = (values: number[]): Triple => [values[0], values[1], values[2]]

/** The samples in a box, as a map of its own. */
export function cutBox(samples: Uint8Array, shape: Triple, { low, shape: size }: Box): Uint8Array<ArrayBuffer> {
  const part = new Uint8Array(size[0] * size[1] * size[2])
  eachRow(shape, low, size, (from, to) => part.set(samples.subarray(from, from + size[0]), to))
  return part
}

/** Puts a map of a box back into its place in a map of zeros. */
export function pasteBox(part: Uint8Array, shape: Triple, { low, shape: size }: Box): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(shape[0] * shape[1] * shape[2])
  eachRow(shape, low, size, (to, from) => whole.set(part.subarray(from, from + size[0]), to))
  return whole
}

function eachRow(shape: Triple, low: Triple, size: Triple, act: (inWhole: number, inPart: number) => void): void {
  for (let z = 0; z < size[2]; z++)
    for (let y = 0; y < size[1]; y++)
      act(low[0] + shape[0] * (low[1] + y + shape[1] * (low[2] + z)), size[0] * (y + size[1] * z))
}
