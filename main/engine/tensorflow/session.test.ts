/** Whole steps on TensorFlow against our own kernels, and what a session holds on to. */
import { expect, it } from 'vitest'
import { clippedTraining, expectSteps, largestDifference, prepare } from '../agreement.ts'
import { compileInference, openSession, softmax, type Program } from '../index.ts'
import { Session } from '../session.ts'
import { unet, unetInputs, type UnetOptions } from '../testing.ts'
import { openTensorFlow } from './executor.ts'
import { plainTensorFlow } from './testing.ts'

const net: UnetOptions = { batch: 2, patch: [4, 8, 8], levels: 3, base: 4, classes: 3 }
const tiny: UnetOptions = { batch: 1, patch: [2, 2, 2], levels: 1, base: 2, classes: 2 }

const found = await plainTensorFlow()
const onTensorFlow = (program: Program) => Session.on(openTensorFlow({ ...found, floats: program.floats, kept: program.kept }), program) // prettier-ignore

it(
  'takes the steps that our kernels take, the same in every run, and resumes exactly',
  { timeout: 60_000 },
  async () => {
    const program = clippedTraining(net)
    const ours = prepare(await openSession(program, { device: 'cpu' }), net)
    const [one, resumed] = [prepare(await onTensorFlow(program), net), prepare(await onTensorFlow(program), net)]
    await expectSteps(ours, [one, resumed], net)
    for (const session of [ours, one, resumed]) await session.close()
    await expect(resumed.evaluate()).rejects.toMatchObject({ code: 'device' })
    expect(found.tf.memory().numTensors).toBe(0)
  },
)

it('predicts what our kernels predict', async () => {
  const { graph, logits } = unet(net)
  const program = compileInference({ graph, outputs: { p: softmax(logits) } })
  const ours = prepare(await openSession(program, { device: 'cpu' }), net)
  expect(await largestDifference([prepare(await onTensorFlow(program), net), ours])).toBeLessThan(1e-5)
})

it('holds as many tensors after many steps as after a few, of no more bytes than planned', async () => {
  const program = clippedTraining(tiny)
  const session = prepare(await onTensorFlow(program), tiny)
  const { image, target } = unetInputs(tiny, 1)
  const steps = async (count: number) => {
    for (let i = 0; i < count; i++) {
      session.setInput('image', image)
      session.setInput('target', target)
      await session.step({ rate: 1e-3 })
    }
    return found.tf.memory()
  }
  const before = { ...(await steps(3)) }
  const after = await steps(200)
  expect(after.numTensors).toBe(before.numTensors)
  expect(after.numBytes).toBe(before.numBytes)
  expect(after.numBytes).toBeLessThanOrEqual(program.peakBytes)
  await session.close()
  expect(found.tf.memory().numTensors).toBe(0)
})

it('says what is missing when memory runs out, or when TensorFlow fails', () => {
  const failing = (message: string) => {
    const tf = { ...found.tf, fill: () => { throw new Error(message) } } as unknown as typeof found.tf // prettier-ignore
    const executor = openTensorFlow({ tf, name: 'failing', floats: 64 })
    return () => executor.run(executor.load([{ kernel: 'fill', ints: [0, 16], reals: [1] }]) as never)
  }
  expect(failing('OOM when allocating tensor with shape[2]')).toThrow(/not enough memory.*smaller patch/)
  expect(failing('CUDA error')).toThrow(/TensorFlow stopped working: CUDA error/)
})
