/** The choice of a device: by time, but only between devices that agree. */
import { expect, it } from 'vitest'
import { calibrateDevices, chooseDevice, compare, explainDevice } from './choice.ts'
import { processorExecutor, type Executor } from './executor.ts'
import { openBackend } from './kernels/index.ts'
import { availableDevices } from './open.ts'

const open =
  (kind: 'reference' | 'auto') =>
  async ({ floats }: { floats: number }) =>
    processorExecutor(await openBackend({ floats, kind, threads: 1 }))

it('takes what is clearly faster', async () => {
  const [fast, slow] = [open('auto'), open('reference')]
  const one = (device: 'webgpu' | 'tensorflow', open: typeof fast) => ({ device, open })
  const why = expect.stringMatching(/ms/) as string
  expect(await compare([one('webgpu', fast)], slow, 4)).toMatchObject({ device: 'webgpu', why })
  expect(await compare([one('webgpu', slow)], fast, 4)).toMatchObject({ device: 'cpu', why })
  expect(await compare([one('webgpu', slow), one('tensorflow', fast)], slow, 4)).toMatchObject({
    device: 'tensorflow',
    why,
  })
})

it('does not take a device that is wrong, or that fails', async () => {
  const wrong = async (program: { floats: number }): Promise<Executor> => {
    const executor = await open('auto')(program)
    return { ...executor, read: async (ranges) => (await executor.read(ranges)).map((values) => values.map((v) => v * 1.1)) } // prettier-ignore
  }
  const all = (open: typeof wrong) => [{ device: 'webgpu' as const, open }]
  expect(await compare(all(wrong), open('reference'), 4)).toMatchObject({ device: 'cpu', why: expect.stringMatching(/does not learn/) }) // prettier-ignore
  const failing = async (): Promise<Executor> => Promise.reject(new Error('The GPU is on fire.'))
  expect(await compare(all(failing), open('auto'), 4)).toMatchObject({
    device: 'cpu',
    why: expect.stringMatching(/The GPU is on fire\./) as string,
    measured: [
      { device: 'cpu', milliseconds: expect.any(Number) as number, error: null },
      { device: 'webgpu', milliseconds: null, loss: null, error: 'The GPU is on fire.' },
    ],
  })
})

it('says of a run what it computes on and why, with the times that were measured', async () => {
  const device = { kind: 'addon', name: 'CPU, 2 threads', threads: 2 }
  expect(await explainDevice('cpu', device)).toEqual({ asked: 'cpu', device, why: 'asked for by name', measured: [] })
  const { why, measured } = await explainDevice('auto', device)
  expect(why.length).toBeGreaterThan(10)
  expect(measured[0]).toMatchObject({ device: 'cpu', milliseconds: expect.any(Number) as number, error: null })
})

it('both forms of the processor take the same small steps to the same loss', async () => {
  const [addon, wasm] = await calibrateDevices()
  expect([addon.device, wasm.device]).toEqual(['cpu-addon', 'cpu-wasm'])
  expect(Math.abs(addon.loss! - wasm.loss!)).toBeLessThan(1e-4 * addon.loss!)
})

it('tells the choice first among the devices', async () => {
  const [first] = await availableDevices()
  expect(first.id.startsWith((await chooseDevice()).device)).toBe(true)
})
