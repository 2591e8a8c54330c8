/** Every device at hand against the plain kernels, over whole training steps; and what must hold on each of them. */
import { describe, expect, it } from 'vitest'
import { clippedTraining, expectGradients, largestDifference, prepare } from './agreement.ts'
import { availableDevices, compileInference, openSession, softmax, type DeviceId } from './index.ts'
import { unet, type UnetOptions } from './testing.ts'

const options: UnetOptions = { batch: 2, patch: [8, 12, 20], levels: 3, base: 6, classes: 3 }

async function train(device: DeviceId, steps: number, threads?: number) {
  const session = prepare(await openSession(clippedTraining(options, threads), { device }), options)
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
    expectGradients(ours.gradients, plain.gradients)
  })

  it('gives the same curve and weights, bit for bit, in two runs', async () => {
    expect(await train(device, 4)).toEqual(await train(device, 4))
  })

  it('gives the same with one thread and with three', async () => {
    expect(await train(device, 3, 1)).toEqual(await train(device, 3, 3))
  })

  it('predicts what the plain kernels predict', async () => {
    const { graph, logits } = unet(options)
    const program = compileInference({ graph, outputs: { p: softmax(logits) } })
    const open = async (device: DeviceId) => prepare(await openSession(program, { device }), options)
    expect(await largestDifference([await open(device), await open('reference')])).toBeLessThan(1e-4)
  })
})
