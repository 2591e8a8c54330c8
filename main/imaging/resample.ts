/**
 * Resampling between two grids that cover the same box: the corners of the volume coincide, so the centre of voxel i of n
 * lies at (i + ½) / n of the extent (as nnU-Net and scikit-image do it). Beyond the outermost centres the border holds.
 * Shapes are [x, y, z]; samples run x fastest, then y, z.
 */
import type { Triple } from '../../shared/domain/geometry.ts'

/** For each place on one axis of the new grid: the two old places around it, and how far towards the second. */
interface AxisWeights {
  low: Int32Array
  high: Int32Array
  fraction: Float32Array
}

function axisWeights(from: number, to: number): AxisWeights {
  const low = new Int32Array(to)
  const high = new Int32Array(to)
  const fraction = new Float32Array(to)
  for (let i = 0; i < to; i++) {
    const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1)
    low[i] = Math.floor(at)
    high[i] = Math.min(low[i] + 1, from - 1)
    fraction[i] = at - low[i]
  }
  return { low, high, fraction }
}

/** Trilinear. `samples` is one channel of shape `from`. */
export function resampleSamples(samples: Float32Array, from: Triple, to: Triple): Float32Array {
  const result = new Float32Array(to[0] * to[1] * to[2])
  visit(from, to, (at, corners, weights) => {
    let sum = 0
    for (let k = 0; k < 8; k++) sum += weights[k] * samples[corners[k]]
    result[at] = sum
  })
  return result
}

/** Labels: the one with the largest trilinear weight (one-hot, linear, argmax), so no class is invented on a border. */
export function resampleLabels(labels: Uint8Array, from: Triple, to: Triple): Uint8Array {
  const result = new Uint8Array(to[0] * to[1] * to[2])
  const votes = new Float32Array(256)
  visit(from, to, (at, corners, weights) => {
    let best = labels[corners[0]]
    for (let k = 0; k < 8; k++) votes[labels[corners[k]]] += weights[k]
    for (let k = 0; k < 8; k++) if (votes[labels[corners[k]]] > votes[best]) best = labels[corners[k]]
    for (let k = 0; k < 8; k++) votes[labels[corners[k]]] = 0
    result[at] = best
  })
  return result
}

/**
 * Probabilities of `classes` classes (class slowest) on grid `from` → the likeliest class of each voxel of grid `to`
 * (the lowest class where two are equal).
 */
export function resampleProbabilities(p: Float32Array, from: Triple, to: Triple, classes: number): Uint8Array {
  const plane = from[0] * from[1] * from[2]
  const result = new Uint8Array(to[0] * to[1] * to[2])
  const most = new Float32Array(result.length).fill(-Infinity)
  const same = from.every((n, axis) => n === to[axis])
  for (let c = 0; c < classes; c++) {
    const one = p.subarray(c * plane, (c + 1) * plane)
    const values = same ? one : resampleSamples(one, from, to)
    for (let i = 0; i < values.length; i++) {
      if (values[i] > most[i]) {
        most[i] = values[i]
        result[i] = c
      }
    }
  }
  return result
}

/** Calls `each` for every voxel of the new grid with its eight old neighbours and their weights (reused arrays). */
function visit(from: Triple, to: Triple, each: (at: number, corners: Int32Array, weights: Float32Array) => void): void {
  const [x, y, z] = from.map((n, axis) => axisWeights(n, to[axis]))
  const [nx, ny] = from
  const corners = new Int32Array(8)
  const weights = new Float32Array(8)
  let at = 0
  for (let k = 0; k < to[2]; k++) {
    const planes = [z.low[k] * nx * ny, z.high[k] * nx * ny]
    for (let j = 0; j < to[1]; j++) {
      const rows = [y.low[j] * nx, y.high[j] * nx]
      for (let i = 0; i < to[0]; i++, at++) {
        for (let corner = 0; corner < 8; corner++) {
          const [cx, cy, cz] = [corner & 1, (corner >> 1) & 1, corner >> 2]
          corners[corner] = (cx ? x.high[i] : x.low[i]) + rows[cy] + planes[cz]
          const wx = cx ? x.fraction[i] : 1 - x.fraction[i]
          const wy = cy ? y.fraction[j] : 1 - y.fraction[j]
          weights[corner] = wx * wy * (cz ? z.fraction[k] : 1 - z.fraction[k])
        }
        each(at, corners, weights)
      }
    }
  }
}
