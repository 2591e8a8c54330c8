/** Every kernel in WGSL against its plain form. Skipped, with the reason, where there is no GPU, not even a software one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Executor } from '../executor.ts'
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
} from '../kernels/cases.ts'
import { difference, expected } from '../kernels/compare.ts'
import { openWebGpu } from './executor.ts'
import { findNodeAdapter } from './node.ts'
import { outcomeOn } from '../outcome.ts'
import { useSoftwareGpu } from './testing.ts'

const cube = [3, 3, 3] as const
const one = [1, 1, 1] as const
const two = [2, 2, 2] as const

const cases: Case[] = [
  ...selfTestCases(),
  // every tile of the product: up to 16, 32 and more columns; few and many rows; split sums
  ...convCases({ n: 1, in: [32, 32, 33], ci: 1, co: 40, kernel: one, stride: one }).slice(0, 1),
  ...convCases({ n: 2, in: [5, 6, 13], ci: 1, co: 16, kernel: cube, stride: one }),
  ...convCases({ n: 1, in: [3, 4, 3], ci: 1, co: 1, kernel: cube, stride: one }, 1),
  ...convCases({ n: 2, in: [4, 3, 7], ci: 17, co: 33, kernel: cube, stride: one }),
  ...convCases({ n: 1, in: [1, 5, 30], ci: 48, co: 3, kernel: one, stride: one }, 1),
  ...convCases({ n: 1, in: [3, 4, 3], ci: 96, co: 80, kernel: cube, stride: one }, 1),
  ...convCases({ n: 2, in: [10, 11, 12], ci: 4, co: 20, kernel: [1, 3, 3], stride: one }),
  ...convCases({ n: 2, in: [5, 4, 7], ci: 8, co: 20, kernel: cube, stride: two }),
  ...convCases({ n: 1, in: [4, 6, 8], ci: 16, co: 32, kernel: cube, stride: two }, 1),
  ...convCases({ n: 2, in: [5, 5, 5], ci: 7, co: 16, kernel: one, stride: two }),
  ...convCases({ n: 1, in: [1, 1, 1], ci: 2, co: 2, kernel: cube, stride: two }),
  ...transposedCases(2, [3, 4, 5], 32, 16, two),
  ...transposedCases(1, [2, 3, 3], 7, 3, [1, 2, 2], 1),
  ...normCases(2, 5, 6, 7, 17, 0.2, 0),
  ...normCases(1, 1, 1, 2, 1, 0, 0),
  ...normCases(3, 9, 10, 12, 3, 0.01, 1),
  ...volumeCases(1, 3, 3, 17, 1, 1),
  ...volumeCases(1, 9, 10, 33, 40),
  ...poolCases(2, [4, 5, 7], 17, two, 1),
  ...poolCases(1, [3, 4, 6], 16, [1, 2, 2]),
  ...elementwiseCases(30001, 1),
  ...matrixCases(1, 1, 1).slice(3),
  ...matrixCases(33, 40, 70, 1),
  ...matrixCases(64, 16, 700).slice(1, 3),
  ...lossCases(1, 3, 4, 17, 2, 1),
  ...lossCases(2, 5, 9, 20, 9, 1),
  ...lossCases(1, 1, 1, 3, 1, 0),
  ...optimiserCases(20000),
]

useSoftwareGpu()
const gpu = await findNodeAdapter()
if (typeof gpu === 'string') console.warn(`Kernels on WebGPU are not tested: ${gpu}`)

describe.skipIf(typeof gpu === 'string')('WebGPU', () => {
  let executor: Promise<Executor> | undefined
  const open = (): Promise<Executor> =>
    (executor ??= (async () => {
      if (typeof gpu === 'string') throw new Error(gpu)
      const floats = Math.max(...cases.map(({ arena }) => arena.length))
      const opened = await openWebGpu({ device: await gpu.open(), name: gpu.name, floats })
      // The driver compiles kernels side by side.
      await Promise.all(cases.map(({ calls }) => opened.load(calls)))
      return opened
    })())
  beforeAll(open, 100_000)
  afterAll(async () => (await executor)?.close())

  test.each(cases.map((test, i) => [test.name, i] as const))('%s', async (_name, i) => {
    const found = await outcomeOn(await open(), cases[i])
    expect(difference(cases[i], expected(cases[i]), found)).toBeUndefined()
  })
})
