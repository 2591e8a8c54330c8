/**
 * Small problems for every kernel, used by the self-test when a back end is opened and, at more shapes, by the unit tests.
 * A case is an arena with inputs (and garbage elsewhere) and calls; a right back end leaves the same arena as the plain
 * kernels do, except in areas that are its own affair (packed filters, partial sums).
 */
import { convCases, transposedCases } from './cases/convolutions.ts'
import type { Case } from './cases/draft.ts'
import { elementwiseCases, matrixCases } from './cases/matrices.ts'
import { lossCases, optimiserCases } from './cases/training.ts'
import { normCases, poolCases, volumeCases } from './cases/volumes.ts'

export type { Case } from './cases/draft.ts'
export * from './cases/convolutions.ts'
export * from './cases/matrices.ts'
export * from './cases/training.ts'
export * from './cases/volumes.ts'

/**
 * Small problems that go through every kernel and, of the convolutions and matrix products, every tile: at sizes where nothing
 * divides, with and without something to add to. A compiler that gets one path wrong must be found out here.
 */
export const selfTestCases = (): Case[] => [
  ...convCases({ n: 1, in: [3, 4, 5], ci: 3, co: 18, kernel: [3, 3, 3], stride: [1, 1, 1] }),
  ...convCases({ n: 2, in: [3, 2, 5], ci: 5, co: 4, kernel: [1, 3, 3], stride: [1, 2, 2] }, 1),
  ...transposedCases(1, [2, 1, 3], 5, 17, [2, 2, 2]),
  ...normCases(2, 3, 2, 3, 5, 0.01, 0),
  ...normCases(1, 2, 2, 3, 16, 0.01, 1, 1),
  ...volumeCases(2, 2, 3, 2, 5),
  ...poolCases(1, [3, 4, 5], 3, [2, 2, 2]),
  ...elementwiseCases(37),
  ...matrixCases(5, 19, 7),
  ...lossCases(2, 2, 3, 5, 3, 0),
  ...optimiserCases(35),
  // Voxels in a line and a rest of three, one channel; a strip of one; taps that reach nothing; sums added to what is there.
  ...convCases({ n: 1, in: [3, 3, 7], ci: 1, co: 16, kernel: [3, 3, 3], stride: [1, 1, 1] }, 1),
  ...convCases({ n: 1, in: [3, 3, 3], ci: 7, co: 19, kernel: [1, 1, 1], stride: [2, 2, 2] }),
  ...transposedCases(1, [2, 3, 3], 7, 3, [1, 2, 2], 1),
  ...volumeCases(1, 2, 2, 3, 18, 1),
  ...poolCases(1, [2, 4, 5], 3, [1, 2, 2], 1),
  ...elementwiseCases(21, 1),
  ...matrixCases(7, 20, 9, 1),
  ...lossCases(2, 2, 2, 3, 2, 1),
]
