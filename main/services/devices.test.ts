import { expect, it } from 'vitest'
import { forkProcess, type ChildHandle } from '../workers/process.ts'
import { examineDevices } from './devices.ts'

it('lets a process of its own try the devices, auto first', async () => {
  const { devices, calibration } = await examineDevices(forkProcess)
  expect(devices[0]).toMatchObject({ id: 'auto', ok: true, name: devices[1].name })
  expect(devices.map(({ id }) => id)).toEqual(expect.arrayContaining(['cpu-addon', 'cpu-wasm', 'reference', 'webgpu']))
  expect(calibration.why).not.toBe('')
})

it('leaves the processor, and says why, where that process crashes', async () => {
  const crashing = (): ChildHandle => ({
    pid: 1,
    send: () => {},
    onMessage: () => {},
    onErrorOutput: () => {},
    onExit: (listener) => void setImmediate(() => listener(null, 'SIGSEGV')),
    kill: () => {},
  })
  const { devices, calibration } = await examineDevices(crashing)
  expect(devices).toMatchObject([
    { id: 'auto', ok: true },
    { id: 'cpu', ok: true, detail: expect.stringMatching(/not tried: .*SIGSEGV/) as string },
  ])
  expect(calibration).toMatchObject({ device: 'cpu', measured: [] })
})
