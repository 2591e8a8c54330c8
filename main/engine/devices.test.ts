/** Every device at hand against the plain kernels, over whole training steps; and what must hold on each of them. */
import { describe, expect, it } from 'vitest'
import { availableDevices, compileInference, compileTraining, openSession, softmax, type DeviceId } from './index.ts'
import { adamW, unet, unetInputs, type UnetOptions } from './testing.ts'

const options: UnetOptions = { batch: 2, patch: [8, 12, 20], levels: 3, base: 6, classes: 3 }

const program = (threads?: number) => {
  const { graph, loss, logits } = unet(options)
  return compileTraining({
    graph,
    loss,
    optimiser: { ...adamW, clip: 1 } as typeof adamW,
    outputs: { logits },
    threads,
  })
}

async function train(device: DeviceId, steps: number, threads?: number) {
  const session = await openSession(program(threads), { device })
  session.initialise(1)
  const { image, target } = unetInputs(options, 1)
  session.setInput('image', image)
  session.setInput('target', target)
  const losses: number[] = []
  const norms: number[] = []
  for (let i = 0; i < steps; i++) {
    const { loss, norm } = await session.step({ rate: 0.01 })
    losses.push(loss)
    norms.push(norm)
  }
  const result = { kind: session.device.kind, losses, norms, gradients: await session.gradients(), parameters: await session.parameters() } // prettier-ignore
  await session.close()
  return result
}

const devices = await availableDevices()
const fast = devices
  .filter(({ id, ok, software }) => ok && id !== 'reference' && (!software || id === 'onnx'))
  .map(({ id }) => id)

it('reports every device, with a reason for each that cannot run', () => {
  expect(devices.map(({ id }) => id)).toContain('reference')
  for (const { ok, detail } of devices) expect(ok || detail.length > 10).toBe(true)
})

describe.skipIf(fast.length === 0).each(fast.length > 0 ? fast : ['reference' as const])('%s', (device) => {
  it('agrees with the plain kernels on a training step', async () => {
    const [ours, plain] = [await train(device, 1), await train('reference', 1)]
    expect(device.replace('cpu-', '')).toBe(ours.kind)
    expect(Math.abs(ours.losses[0] - plain.losses[0])).toBeLessThan(1e-4)
    expect(Math.abs(ours.norms[0] - plain.norms[0])).toBeLessThan(1e-3 * plain.norms[0])
    for (const [name, expected] of plain.gradients) {
      const actual = ours.gradients.get(name)!
      const scale = Math.hypot(...expected)
      const difference = Math.hypot(...expected.map((value, i) => value - actual[i]))
      expect(difference, name).toBeLessThan(1e-3 * scale + 1e-6)
    }
  })

  it('gives the same curve and weights, bit for bit, in two runs', async () => {
    expect(await train(device, 4)).toEqual(await train(device, 4))
  })

  it('gives the same with one thread and with three', async () => {
    expect(await train(device, 3, 1)).toEqual(await train(device, 3, 3))
  })

  it('predicts what the plain kernels predict', async () => {
    const { graph, logits } = unet(options)
    const predictions: Float32Array[] = []
    for (const id of [device, 'reference'] as const) {
      const session = await openSession(compileInference({ graph, outputs: { p: softmax(logits) } }), { device: id })
      session.initialise(2)
      session.setInput('image', unetInputs(options, 3).image)
      await session.evaluate()
      predictions.push(await session.output('p'))
      await session.close()
    }
    expect(Math.max(...predictions[0].map((p, i) => Math.abs(p - predictions[1][i])))).toBeLessThan(1e-4)
  })

  it('takes no more memory after 1000 steps', async () => {
    const tiny: UnetOptions = { batch: 1, patch: [4, 4, 4], levels: 1, base: 2, classes: 2 }
    const { graph, loss } = unet(tiny)
    const session = await openSession(compileTraining({ graph, loss, optimiser: adamW }), { device, threads: 1 })
    session.initialise(1)
    const { image, target } = unetInputs(tiny, 1)
    const steps = async (n: number) => {
      for (let i = 0; i < n; i++) {
        session.setInput('image', image)
        session.setInput('target', target)
        await session.step({ rate: 1e-3 })
      }
    }
    await steps(100)
    const marks = [process.memoryUsage()]
    for (const part of [250, 250, 250, 250]) {
      await steps(part)
      marks.push(process.memoryUsage())
    }
    // What leaks does so in each part; the collector takes its time, and pages come and go.
    const least = (of: 'arrayBuffers' | 'rss') => Math.min(...marks.slice(1).map((mark, n) => mark[of] - marks[n][of]))
    expect(least('arrayBuffers')).toBeLessThan(2 ** 18)
    expect(least('rss')).toBeLessThan(2 ** 23)
    await session.close()
  })
})
