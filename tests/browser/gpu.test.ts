/** The engine on the GPU of a page, as in Electron: kernels, training steps, and what happens when page or GPU are lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileTraining, openSession } from '../../main/engine/index.ts'
import { Session } from '../../main/engine/session.ts'
import { adamW, unet, unetInputs, type UnetOptions } from '../../main/engine/testing.ts'
import { selfTest, type Gpu } from '../../main/engine/webgpu/index.ts'
import { findPageGpu } from '../../main/engine/webgpu/page/remote.ts'
import { browserPath } from './app.ts'
import { startGpuPages, type GpuPages } from './gpu-page.ts'

const net: UnetOptions = { batch: 2, patch: [4, 4, 8], levels: 2, base: 4, classes: 3 }
const training = (options = net) => {
  const { graph, loss } = unet(options)
  return compileTraining({ graph, loss, optimiser: { ...adamW, clip: 1 } as typeof adamW })
}
function prepare(session: Session): Session {
  session.initialise(1)
  const { image, target } = unetInputs(net, 1)
  session.setInput('image', image)
  session.setInput('target', target)
  return session
}
const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((value, i) => value - b[i]))

describe.skipIf(!browserPath)('the engine on the GPU of a page', () => {
  let pages: GpuPages
  let gpu: Gpu
  beforeAll(async () => {
    pages = await startGpuPages()
    const found = await findPageGpu(pages.open)
    if (typeof found === 'string') throw new Error(found)
    gpu = found
  })
  afterAll(async () => {
    await pages?.close()
  })
  const open = async () => prepare(await Session.on(await gpu.arena(training().floats), training()))

  it('is known for the software that it is here, and computes every kernel as the plain ones do', async () => {
    expect(gpu.name).toMatch(/swiftshader.*through WebGPU/)
    expect(gpu.software).toBe(true)
    expect(await selfTest(gpu)).toBe(gpu)
  })

  it('takes the training step that the processor takes', async () => {
    const sessions = [await open(), prepare(await openSession(training(), { device: 'cpu' }))]
    const [found, wanted] = await Promise.all(sessions.map((session) => session.step({ rate: 0.01 })))
    expect(Math.abs(found.loss - wanted.loss)).toBeLessThan(1e-4 * wanted.loss)
    expect(Math.abs(found.norm - wanted.norm)).toBeLessThan(1e-3 * wanted.norm)
    const [gradients, right] = await Promise.all(sessions.map((session) => session.gradients()))
    for (const [name, values] of right)
      expect(distance(values, gradients.get(name)!), name).toBeLessThan(1e-3 * Math.hypot(...values) + 1e-6)
    for (const session of sessions) await session.close()
  })

  it('says it when a plan is too large for the GPU, and goes on', async () => {
    await expect(gpu.arena(2 ** 40)).rejects.toMatchObject({ code: 'memory', message: /GPU.*smaller patch/ })
    const session = await open()
    expect((await session.step({ rate: 0.01 })).loss).toBeGreaterThan(0)
    await session.close()
  })

  it('says it when its page crashes in the middle, and goes on in a new page from where it was', async () => {
    const session = await open()
    await session.step({ rate: 0.01 })
    const state = await session.state()
    const next = await session.step({ rate: 0.01 })
    const stepping = session.step({ rate: 0.01 })
    await pages.pages.at(-1)!.close()
    await expect(stepping).rejects.toMatchObject({ code: 'device', message: /GPU stopped.*last checkpoint/s })
    await expect(session.step({ rate: 0.01 })).rejects.toMatchObject({ code: 'device' })
    await session.close()
    expect(pages.pages).toHaveLength(0)

    const again = await open()
    again.setState(state)
    expect(await again.step({ rate: 0.01 })).toEqual(next)
    await again.close()
    expect(pages.pages).toHaveLength(1)
  })

  it('says it when the GPU itself is lost, and gets a new one', async () => {
    const session = await open()
    await session.step({ rate: 0.01 })
    const state = await session.state()
    await pages.crash()
    await expect(session.step({ rate: 0.01 })).rejects.toMatchObject({ code: 'device', message: /GPU stopped/ })
    await session.close()
    const again = await open()
    again.setState(state)
    expect((await again.step({ rate: 0.01 })).loss).toBeGreaterThan(0)
    await again.close()
  })

  it('complained about nothing', () => {
    expect(pages.complaints).toEqual([])
  })
})
