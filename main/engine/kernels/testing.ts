/** Problems for every kernel that every executor is tested with. They are small, for some executors are slow. */
import {
  convCases,
  elementwiseCases,
  lossCases,
  matrixCases,
  normCases,
  optimiserCases,
  poolCases,
  selfTestCases,
  transposedCases,
  volumeCases,
  type Case,
} from './cases.ts'

export const cube = [3, 3, 3] as const
export const one = [1, 1, 1] as const
export const two = [2, 2, 2] as const

export const kernelCases: readonly Case[] = [
  ...selfTestCases(),
  // 1 channel, few, odd, many; batch 1 and 2; even and odd sizes, one voxel; flat kernels; every stride
  ...convCases({ n: 2, in: [5, 6, 13], ci: 1, co: 16, kernel: cube, stride: one }),
  ...convCases({ n: 1, in: [3, 4, 3], ci: 1, co: 1, kernel: cube, stride: one }, 1),
  ...convCases({ n: 1, in: [1, 5, 30], ci: 48, co: 3, kernel: one, stride: one }, 1),
  ...convCases({ n: 2, in: [3, 9, 9], ci: 4, co: 16, kernel: [1, 3, 3], stride: one }),
  ...convCases({ n: 2, in: [5, 4, 7], ci: 8, co: 20, kernel: cube, stride: two }),
  ...convCases({ n: 1, in: [4, 6, 8], ci: 16, co: 32, kernel: cube, stride: two }, 1),
  ...convCases({ n: 1, in: [3, 6, 5], ci: 3, co: 5, kernel: [1, 3, 3], stride: [1, 2, 2] }),
  ...convCases({ n: 1, in: [1, 1, 1], ci: 2, co: 2, kernel: cube, stride: two }),
  ...transposedCases(2, [3, 4, 5], 8, 6, two),
  ...transposedCases(1, [2, 3, 3], 3, 40, one, 1),
  ...normCases(2, 5, 6, 7, 16, 0.2, 0),
  ...normCases(2, 4, 4, 4, 32, 1, 1, 1),
  ...normCases(1, 1, 1, 2, 1, 0, 0),
  ...volumeCases(1, 3, 3, 17, 1, 1),
  ...volumeCases(2, 4, 3, 5, 33, 1),
  ...poolCases(2, [4, 5, 7], 17, two, 1),
  ...elementwiseCases(1),
  ...elementwiseCases(3001, 1),
  ...matrixCases(1, 1, 1),
  ...matrixCases(33, 40, 70, 1),
  ...lossCases(1, 3, 4, 17, 2, 1),
  ...lossCases(2, 5, 9, 20, 9, 1),
  ...lossCases(1, 1, 1, 3, 1, 0),
  ...optimiserCases(1),
  ...optimiserCases(2000),
]
