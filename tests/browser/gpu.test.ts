/** The engine on the GPU of a page, as in Electron: kernels, training steps, and what happens when page or GPU are lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clippedTraining, expectGradients, prepare } from '../../main/engine/agreement.ts'
import { openSession } from '../../main/engine/index.ts'
import { difference, expected } from '../../main/engine/kernels/compare.ts'
import { kernelCases } from '../../main/engine/kernels/testing.ts'
import { outcomeOn } from '../../main/engine/outcome.ts'
import { Session } from '../../main/engine/session.ts'
import type { UnetOptions } from '../../main/engine/testing.ts'
import { selfTest, type Gpu } from '../../main/engine/webgpu/index.ts'
import { findPageGpu } from '../../main/engine/webgpu/page/remote.ts'
import { browserPath } from './app.ts'
import { startGpuPages, type GpuPages } from './gpu-page.ts'

const net: UnetOptions = { batch: 2, patch: [4, 4, 8], levels: 2, base: 4, classes: 3 }
const training = () => clippedTraining(net)

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
  const open = async () => prepare(await Session.on(await gpu.arena(training().floats), training()), net)

  it('is known for the software that it is here, and computes every kernel as the plain ones do', async () => {
    expect(gpu.name).toMatch(/swiftshader.*through WebGPU/)
    expect(gpu.software).toBe(true)
    expect(await selfTest(gpu)).toBe(gpu)
    const executor = await gpu.arena(Math.max(...kernelCases.map(({ arena }) => arena.length)))
    await Promise.all(kernelCases.map(({ calls }) => executor.load(calls)))
    for (const test of kernelCases)
      expect(difference(test, expected(test), await outcomeOn(executor, test)), test.name).toBeUndefined()
    await executor.close()
  })

  it('takes the training step that the processor takes', async () => {
    const sessions = [await open(), prepare(await openSession(training(), { device: 'cpu' }), net)]
    const [found, wanted] = await Promise.all(sessions.map((session) => session.step({ rate: 0.01 })))
    expect(Math.abs(found.loss - wanted.loss)).toBeLessThan(1e-4 * wanted.loss)
    expect(Math.abs(found.norm - wanted.norm)).toBeLessThan(1e-3 * wanted.norm)
    const [gradients, right] = await Promise.all(sessions.map((session) => session.gradients()))
    expectGradients(gradients, right)
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
    // Steps until it fails: one alone may be done before the page is gone.
    const stepping = (async () => {
      for (;;) await session.step({ rate: 0.01 })
    })()
    const failing = expect(stepping).rejects.toMatchObject({ code: 'device', message: /GPU stopped.*last checkpoint/s })
    await pages.pages.at(-1)!.close()
    await failing
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
