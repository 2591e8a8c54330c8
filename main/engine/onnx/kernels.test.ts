/** Every kernel as ONNX, run by ONNX Runtime, against its plain form. */
import { describe, expect, test } from 'vitest'
import { difference, expected } from '../kernels/compare.ts'
import { outcomeOn } from '../outcome.ts'
import { kernelCases } from '../kernels/testing.ts'
import { openOnnx } from './executor.ts'

describe('ONNX Runtime', () => {
  test.each(kernelCases.map((test) => [test.name, test] as const))('%s', async (_name, test) => {
    const executor = await openOnnx({ floats: test.arena.length })
    expect(difference(test, expected(test), await outcomeOn(executor, test))).toBeUndefined()
    await executor.close()
  })
})
