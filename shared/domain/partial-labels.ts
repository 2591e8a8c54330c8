/**
 * Label maps of which only some slices are labelled: there, what is not painted is background; elsewhere it is unknown
 * (255). Maps lie x fastest; shapes are [x, y, z] in voxels.
 */
import { unknownLabel } from './records.ts'

type Shape = readonly [number, number, number]

/** Slices that are complete: 1 for each, across x, y and z. */
export type Marks = readonly [Uint8Array, Uint8Array, Uint8Array]

export const noMarks = (shape: Shape): Marks => [
  new Uint8Array(shape[0]),
  new Uint8Array(shape[1]),
  new Uint8Array(shape[2]),
]

/** The slices of a map without an unknown voxel; none where no voxel is unknown. */
export function marksOf(samples: Uint8Array, shape: Shape): Marks {
  if (!samples.includes(unknownLabel)) return noMarks(shape)
  const [x, y, z] = noMarks(shape).map((axis) => axis.fill(1))
  for (let k = 0, index = 0; k < shape[2]; k++)
    for (let j = 0; j < shape[1]; j++)
      for (let i = 0; i < shape[0]; i++) if (samples[index++] === unknownLabel) x[i] = y[j] = z[k] = 0
  return [x, y, z]
}

/** What "nothing" is at a voxel of a map of which only these slices are complete. */
export function emptyBy([x, y, z]: Marks, shape: Shape, index: number): number {
  const row = Math.floor(index / shape[0])
  return x[index - row * shape[0]] || y[row % shape[1]] || z[Math.floor(row / shape[1])] ? 0 : unknownLabel
}
