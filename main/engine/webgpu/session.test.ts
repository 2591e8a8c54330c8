/** Whole steps on WebGPU against the plain kernels, and what a session says when the GPU fails. */
import { describe, expect, it } from 'vitest'
import { compileInference, compileTraining, openSession, softmax } from '../index.ts'
import { Session } from '../session.ts'
import { adamW, unet, unetInputs, type UnetOptions } from '../testing.ts'
import { openWebGpu, type WebGpuOptions } from './executor.ts'
import { findNodeAdapter } from './node.ts'
import { Pace } from './pace.ts'
import { useSoftwareGpu } from './testing.ts'

useSoftwareGpu()
const gpu = await findNodeAdapter()
if (typeof gpu === 'string') console.warn(`Sessions on WebGPU are not tested: ${gpu}`)

const net: UnetOptions = { batch: 2, patch: [4, 4, 8], levels: 2, base: 4, classes: 3 }
const tiny: UnetOptions = { batch: 1, patch: [2, 2, 2], levels: 1, base: 2, classes: 2 }
const training = (options = net) => {
  const { graph, loss, logits } = unet(options)
  return compileTraining({ graph, loss, optimiser: { ...adamW, clip: 1 } as typeof adamW, outputs: { logits } })
}
type Program = ReturnType<typeof training>

const shared = typeof gpu === 'string' ? null : await gpu.open()

async function onGpu(program: Program, options: Partial<WebGpuOptions> = {}): Promise<Session> {
  const common = { device: shared!, name: 'GPU', floats: program.floats }
  return Session.on(await openWebGpu({ ...common, ...options }), program)
}

function prepare(session: Session, options = net): Session {
  session.initialise(1)
  const { image, target } = unetInputs(options, 1)
  session.setInput('image', image)
  if (session.program.kind === 'training') session.setInput('target', target)
  return session
}

const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((value, i) => value - b[i]))

describe.skipIf(typeof gpu === 'string')('session on WebGPU', { timeout: 60_000 }, () => {
  it('takes the steps that the plain kernels take, in few submissions or many, the same in every run', async () => {
    const plain = prepare(await openSession(training(), { device: 'reference' }))
    // One that finds every submission too long, and cuts them smaller from step to step.
    const pace = new Pace({ work: 3e7, target: 0.001 })
    const subjects = [prepare(await onGpu(training())), prepare(await onGpu(training(), { pace }))]
    const wanted = await plain.step({ rate: 0.01 })
    const found = []
    for (const session of subjects) {
      expect(session.device.kind).toBe('webgpu')
      const { loss, norm } = await session.step({ rate: 0.01 })
      expect(Math.abs(loss - wanted.loss)).toBeLessThan(1e-4 * wanted.loss)
      expect(Math.abs(norm - wanted.norm)).toBeLessThan(1e-3 * wanted.norm)
      const gradients = await session.gradients()
      for (const [name, expected] of await plain.gradients())
        expect(distance(expected, gradients.get(name)!), name).toBeLessThan(1e-3 * Math.hypot(...expected) + 1e-6)
      const next = (await session.step({ rate: 0.01, groups: { encoder: 0 } })).loss
      found.push({ loss, norm, next, state: await session.state(), logits: await session.output('logits') })
    }
    expect(found[0]).toEqual(found[1])
    expect(pace.work).toBeLessThan(3e7)
    const next = (await plain.step({ rate: 0.01, groups: { encoder: 0 } })).loss
    expect(Math.abs(found[0].next - next)).toBeLessThan(1e-3 * next)

    // Exact resume, on another session.
    const resumed = subjects[1]
    resumed.initialise(5)
    resumed.setState(found[0].state)
    const both = []
    for (const session of subjects) both.push(await session.step({ rate: 0.01 }))
    expect(both[0]).toEqual(both[1])

    // A broken image changes nothing.
    const before = await resumed.state()
    resumed.setInput('image', unetInputs(net, 1).image.with(17, NaN))
    await expect(resumed.step({ rate: 0.01 })).rejects.toThrow(/is not a number after 3 steps/)
    expect(await resumed.state()).toEqual(before)
    expect((await resumed.profile()).get('conv forward: conv')!.calls).toBe(7)
    for (const session of [plain, ...subjects]) await session.close()
  })

  it('predicts what the plain kernels predict', async () => {
    const { graph, logits } = unet(net)
    const program = compileInference({ graph, outputs: { p: softmax(logits) } })
    const sessions = [await onGpu(program), await openSession(program, { device: 'reference' })]
    const predictions: Float32Array[] = []
    for (const session of sessions) {
      await prepare(session).evaluate()
      predictions.push(await session.output('p'))
      await session.close()
    }
    expect(Math.max(...predictions[0].map((p, i) => Math.abs(p - predictions[1][i])))).toBeLessThan(1e-5)
  })

  it('runs over an arena in several buffers', async () => {
    const executor = await openWebGpu({ device: shared!, name: 'GPU', floats: 1000, most: 400, unit: 128 })
    const range = { offset: 0, size: 1000 }
    executor.write(range, (values) => values.forEach((_, i) => (values[i] = i)))
    // The pages hold 384 floats: a and b lie in the first and second, y in the third.
    executor.run(await executor.load([{ kernel: 'add', ints: [16, 400, 800, 100], reals: [] }]))
    const [values] = await executor.read([range])
    expect([...values.subarray(800, 803)]).toEqual([416, 418, 420])
    expect([...values.subarray(382, 386)]).toEqual([382, 383, 384, 385])
    expect(values[900]).toBe(900)
    await expect((async () => executor.load([{ kernel: 'fill', ints: [368, 100], reals: [1] }]))()).rejects.toThrow(
      /too large for this GPU/,
    )
    await executor.close()
  })

  it('says it when the GPU has not enough memory, and when it is gone', async () => {
    if (typeof gpu === 'string') return
    const tooMuch = openWebGpu({ device: shared!, name: gpu.name, floats: 2 ** 40 })
    await expect(tooMuch).rejects.toMatchObject({ code: 'memory', message: /GPU.*smaller patch/ })
    const lost = await gpu.open()
    const session = prepare(await onGpu(training(tiny), { device: lost }), tiny)
    await session.step({ rate: 0.01 })
    lost.destroy()
    await expect(session.step({ rate: 0.01 })).rejects.toMatchObject({ code: 'device', message: /GPU/ })
    await expect(session.evaluate()).rejects.toMatchObject({ code: 'device' })
    await session.close()
  })
})
