/** The choice of a device: by time, but only between devices that agree. */
import { expect, it } from 'vitest'
import { chooseDevice, compare } from './choice.ts'
import { processorExecutor, type Executor } from './executor.ts'
import { openBackend } from './kernels/index.ts'
import { availableDevices } from './open.ts'

const open = (kind: 'reference' | 'auto') => async (floats: number) =>
  processorExecutor(await openBackend({ floats, kind, threads: 1 }))

it('takes what is clearly faster', async () => {
  expect(await compare(open('auto'), open('reference'), 8)).toMatchObject({ device: 'webgpu', why: /ms/ })
  expect(await compare(open('reference'), open('auto'), 8)).toMatchObject({ device: 'cpu', why: /ms/ })
})

it('does not take a GPU that is wrong, or that fails', async () => {
  const wrong = async (floats: number): Promise<Executor> => {
    const executor = await open('auto')(floats)
    return { ...executor, read: async (ranges) => (await executor.read(ranges)).map((values) => values.map((v) => v * 1.1)) } // prettier-ignore
  }
  expect(await compare(wrong, open('reference'), 8)).toMatchObject({ device: 'cpu', why: /does not learn/ })
  const failing = async (): Promise<Executor> => Promise.reject(new Error('The GPU is on fire.'))
  expect(await compare(failing, open('auto'), 8)).toEqual({ device: 'cpu', why: 'The GPU is on fire.' })
})

it('tells the choice first among the devices', async () => {
  const [first] = await availableDevices()
  expect(first.id.startsWith((await chooseDevice()).device)).toBe(true)
})
