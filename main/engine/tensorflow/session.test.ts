/** Whole steps on TensorFlow against our own kernels, and what a session holds on to. */
import { expect, it } from 'vitest'
import { compileInference, compileTraining, openSession, softmax, type Program } from '../index.ts'
import { Session } from '../session.ts'
import { adamW, unet, unetInputs, type UnetOptions } from '../testing.ts'
import { openTensorFlow } from './executor.ts'
import { plainTensorFlow } from './testing.ts'

const net: UnetOptions = { batch: 2, patch: [4, 8, 8], levels: 3, base: 4, classes: 3 }
const tiny: UnetOptions = { batch: 1, patch: [2, 2, 2], levels: 1, base: 2, classes: 2 }
const training = (options: UnetOptions) => {
  const { graph, loss, logits } = unet(options)
  return compileTraining({ graph, loss, optimiser: { ...adamW, clip: 1 } as typeof adamW, outputs: { logits } })
}

const found = await plainTensorFlow()
const onTensorFlow = (program: Program) => Session.on(openTensorFlow({ ...found, floats: program.floats, kept: program.kept }), program) // prettier-ignore

function prepare(session: Session, options: UnetOptions): Session {
  session.initialise(1)
  const { image, target } = unetInputs(options, 1)
  session.setInput('image', image)
  if (session.program.kind === 'training') session.setInput('target', target)
  return session
}

const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((value, i) => value - b[i]))

it(
  'takes the steps that our kernels take, the same in every run, and resumes exactly',
  { timeout: 60_000 },
  async () => {
    const program = training(net)
    const ours = prepare(await openSession(program, { device: 'cpu' }), net)
    const theirs = [prepare(await onTensorFlow(program), net), prepare(await onTensorFlow(program), net)]
    const wanted = await ours.step({ rate: 0.01 })
    const results = []
    for (const session of theirs) {
      const { loss, norm } = await session.step({ rate: 0.01 })
      expect(Math.abs(loss - wanted.loss)).toBeLessThan(1e-4 * wanted.loss)
      expect(Math.abs(norm - wanted.norm)).toBeLessThan(1e-3 * wanted.norm)
      const gradients = await session.gradients()
      for (const [name, expected] of await ours.gradients())
        expect(distance(expected, gradients.get(name)!), name).toBeLessThan(1e-3 * Math.hypot(...expected) + 1e-6)
      const next = (await session.step({ rate: 0.01, groups: { encoder: 0 } })).loss
      results.push({ loss, norm, next, state: await session.state(), logits: await session.output('logits') })
    }
    expect(results[0]).toEqual(results[1])
    const next = (await ours.step({ rate: 0.01, groups: { encoder: 0 } })).loss
    expect(Math.abs(results[0].next - next)).toBeLessThan(1e-3 * next)

    const [one, resumed] = theirs
    resumed.initialise(5)
    resumed.setState(results[0].state)
    expect(await resumed.step({ rate: 0.01 })).toEqual(await one.step({ rate: 0.01 }))

    const before = await resumed.state()
    resumed.setInput('image', unetInputs(net, 1).image.with(17, NaN))
    await expect(resumed.step({ rate: 0.01 })).rejects.toThrow(/is not a number after 3 steps/)
    expect(await resumed.state()).toEqual(before)
    for (const session of [ours, ...theirs]) await session.close()
    await expect(resumed.evaluate()).rejects.toMatchObject({ code: 'device' })
    expect(found.tf.memory().numTensors).toBe(0)
  },
)

it('predicts what our kernels predict', async () => {
  const { graph, logits } = unet(net)
  const program = compileInference({ graph, outputs: { p: softmax(logits) } })
  const predictions: Float32Array[] = []
  for (const session of [await onTensorFlow(program), await openSession(program, { device: 'cpu' })]) {
    await prepare(session, net).evaluate()
    predictions.push(await session.output('p'))
    await session.close()
  }
  expect(Math.max(...predictions[0].map((p, i) => Math.abs(p - predictions[1][i])))).toBeLessThan(1e-5)
})

it('holds as many tensors after many steps as after a few, of no more bytes than planned', async () => {
  const program = training(tiny)
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
