/** Every kernel in WGSL against its plain form. Skipped, with the reason, where there is no GPU, not even a software one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Executor } from '../executor.ts'
import {
  convCases,
  elementwiseCases,
  matrixCases,
  normCases,
  optimiserCases,
  selfTestCases,
  transposedCases,
  volumeCases,
  type Case,
} from '../kernels/cases.ts'
import { difference, expected } from '../kernels/compare.ts'
import { cube, kernelCases, one, two } from '../kernels/testing.ts'
import { openWebGpu } from './executor.ts'
import { halfTolerance } from './half.ts'
import { findNodeAdapter } from './node.ts'
import { outcomeOn } from '../outcome.ts'
import { useSoftwareGpu } from './testing.ts'

const cases: Case[] = [
  ...kernelCases,
  // every tile of the product: up to 16, 32 and more columns; few and many rows; split sums
  ...convCases({ n: 1, in: [32, 32, 33], ci: 1, co: 40, kernel: one, stride: one }).slice(0, 1),
  ...convCases({ n: 2, in: [4, 3, 7], ci: 17, co: 33, kernel: cube, stride: one }),
  ...convCases({ n: 1, in: [3, 4, 3], ci: 96, co: 80, kernel: cube, stride: one }, 1),
  ...convCases({ n: 2, in: [10, 11, 12], ci: 4, co: 20, kernel: [1, 3, 3], stride: one }),
  ...transposedCases(2, [3, 4, 5], 32, 16, two),
  ...normCases(2, 5, 6, 7, 17, 0.2, 0),
  ...normCases(3, 9, 10, 12, 3, 0.01, 1),
  ...volumeCases(1, 9, 10, 33, 40),
  ...elementwiseCases(30001, 1),
  ...matrixCases(64, 16, 700).slice(1, 3),
  ...optimiserCases(20000),
]

useSoftwareGpu()
const gpu = await findNodeAdapter()
if (typeof gpu === 'string') console.warn(`Kernels on WebGPU are not tested: ${gpu}`)
else if (!gpu.half) console.warn(`Half precision is tested by rounding: ${gpu.name} has no f16`)

describe.skipIf(typeof gpu === 'string').each(['single precision', 'half precision'])('WebGPU, %s', (precision) => {
  const half = precision === 'half precision'
  // What is not a convolution is the same in both; the kinds of convolutions are all among the first.
  const chosen = half ? selfTestCases().filter((test) => halfTolerance(test) !== undefined) : cases
  let executor: Promise<Executor> | undefined
  const open = (): Promise<Executor> =>
    (executor ??= (async () => {
      if (typeof gpu === 'string') throw new Error(gpu)
      const floats = Math.max(...chosen.map(({ arena }) => arena.length))
      const type = half ? (gpu.half ? 'f16' : 'f32') : null
      const opened = await openWebGpu({ device: await gpu.open(), name: gpu.name, floats, half: type })
      // The driver compiles kernels side by side.
      await Promise.all(chosen.map(({ calls }) => opened.load(calls)))
      return opened
    })())
  beforeAll(open, 200_000)
  afterAll(async () => (await executor)?.close(), 200_000)

  test.each(chosen.map((test) => [test.name, test] as const))('%s', async (_name, test) => {
    const found = await outcomeOn(await open(), test)
    expect(difference(test, expected(test), found, half ? halfTolerance(test) : undefined)).toBeUndefined()
    // Were nothing rounded, single precision would have been tested twice.
    if (half) expect(difference(test, expected(test), found)).toBeDefined()
  })
})
