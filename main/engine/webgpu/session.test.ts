/** Whole steps on WebGPU against the plain kernels, and what a session says when the GPU fails. */
import { describe, expect, it } from 'vitest'
import { clippedTraining, expectSteps, largestDifference, prepare } from '../agreement.ts'
import { compileInference, openSession, softmax } from '../index.ts'
import { Session } from '../session.ts'
import { unet, type UnetOptions } from '../testing.ts'
import { openWebGpu, type WebGpuOptions } from './executor.ts'
import { findNodeAdapter } from './node.ts'
import { Pace } from './pace.ts'
import { useSoftwareGpu } from './testing.ts'

useSoftwareGpu()
const gpu = await findNodeAdapter()
if (typeof gpu === 'string') console.warn(`Sessions on WebGPU are not tested: ${gpu}`)

const net: UnetOptions = { batch: 2, patch: [4, 4, 8], levels: 2, base: 4, classes: 3 }
const tiny: UnetOptions = { batch: 1, patch: [2, 2, 2], levels: 1, base: 2, classes: 2 }
type Program = ReturnType<typeof clippedTraining>

const shared = typeof gpu === 'string' ? null : await gpu.open()

async function onGpu(program: Program, options: Partial<WebGpuOptions> = {}): Promise<Session> {
  const common = { device: shared!, name: 'GPU', floats: program.floats }
  return Session.on(await openWebGpu({ ...common, ...options }), program)
}

describe.skipIf(typeof gpu === 'string')('session on WebGPU', { timeout: 200_000 }, () => {
  it('takes the steps that the plain kernels take, in few submissions or many, the same in every run', async () => {
    const program = clippedTraining(net)
    const plain = prepare(await openSession(program, { device: 'reference' }), net)
    // One that finds every submission too long, and cuts them smaller from step to step.
    const pace = new Pace({ work: 3e7, target: 0.001 })
    const [one, cut] = [prepare(await onGpu(program), net), prepare(await onGpu(program, { pace }), net)]
    expect(one.device.kind).toBe('webgpu')
    await expectSteps(plain, [one, cut], net)
    expect(pace.work).toBeLessThan(3e7)
    expect((await cut.profile()).get('conv forward: conv')!.calls).toBe(7)
    for (const session of [plain, one, cut]) await session.close()
  })

  it('takes nearly the same steps in half precision', async () => {
    if (typeof gpu === 'string') return
    const small: UnetOptions = { ...net, levels: 1 }
    const program = clippedTraining(small)
    const plain = prepare(await openSession(program, { device: 'reference' }), small)
    const half = gpu.half ? 'f16' : 'f32'
    const [one, two] = [prepare(await onGpu(program, { half }), small), prepare(await onGpu(program, { half }), small)]
    expect(one.device).toMatchObject({ kind: 'webgpu-f16', name: 'GPU, half precision' })
    await expectSteps(plain, [one, two], small, { loss: 2e-3, gradients: 1e-2, next: 5e-3 })
    for (const session of [plain, one, two]) await session.close()
  })

  it('predicts what the plain kernels predict', async () => {
    const { graph, logits } = unet(net)
    const program = compileInference({ graph, outputs: { p: softmax(logits) } })
    const plain = prepare(await openSession(program, { device: 'reference' }), net)
    expect(await largestDifference([prepare(await onGpu(program), net), plain])).toBeLessThan(1e-5)
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
    const session = prepare(await onGpu(clippedTraining(tiny), { device: lost }), tiny)
    await session.step({ rate: 0.01 })
    lost.destroy()
    await expect(session.step({ rate: 0.01 })).rejects.toMatchObject({ code: 'device', message: /GPU/ })
    await expect(session.evaluate()).rejects.toMatchObject({ code: 'device' })
    await session.close()
  })
})
