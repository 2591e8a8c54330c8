/** Every kernel in TensorFlow's operations, on its plain JavaScript back end, against its plain form. */
import { afterAll, describe, expect, test } from 'vitest'
import { kernelCases } from '../kernels/testing.ts'
import { difference, expected } from '../kernels/compare.ts'
import { outcomeOn } from '../outcome.ts'
import { openTensorFlow } from './executor.ts'
import { test as selfTest } from './index.ts'
import { plainTensorFlow } from './testing.ts'

const found = await plainTensorFlow()
const { tf } = found

describe('TensorFlow', () => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  test.each(kernelCases.map((test) => [test.name, test] as const))('%s', async (_name, test) => {
    const executor = openTensorFlow({ ...found, floats: test.arena.length })
    expect(difference(test, expected(test), await outcomeOn(executor, test))).toBeUndefined()
    await executor.close()
  })

  test('is used if its answers are right, and not if they are wrong', async () => {
    expect(await selfTest(found)).toBe(found)
    const wrong = { ...tf, sqrt: (x: Parameters<typeof tf.sqrt>[0]) => tf.mul(tf.sqrt(x), 1.01) } as typeof tf
    expect(await selfTest({ ...found, tf: wrong })).toMatch(/wrong answers and is not used/)
    const broken = { ...tf, matMul: () => { throw new Error('no CUDA') } } as unknown as typeof tf // prettier-ignore
    expect(await selfTest({ ...found, tf: broken })).toMatch(/cannot be used.*no CUDA/)
  })
})
