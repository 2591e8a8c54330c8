/** A GPU that fails in the middle of a run: what the run does then, and what it says. */
import { expect, it } from 'vitest'
import { EngineError } from '../engine/index.ts'
import { memoryHost } from '../training/testing.ts'
import { onDevice } from './on-device.ts'

const lost = () => new EngineError('device', 'The GPU stopped working.')
const full = () => new EngineError('memory', 'The GPU has not enough free memory for this.')

/** Works on devices of these names, one failure after the other, then well. */
async function attempt(device: string, failures: Error[], name = 'Card through WebGPU') {
  const host = memoryHost([], new Map(), 'run')
  const tried: string[] = []
  const result = await onDevice(device, host, async (at, on) => {
    tried.push(at)
    on.tell({ type: 'device', name: at === 'cpu' ? 'CPU, 8 threads' : name })
    const failure = failures.shift()
    if (failure) throw failure
    return 'done'
  }).catch((error: Error) => error)
  const notices = host.messages.flatMap((message) => (message.type === 'notice' ? [message.text] : []))
  return { result, tried, notices }
}

it('goes on with the GPU after it was lost once, and with the processor after that', async () => {
  expect(await attempt('auto', [lost()])).toEqual({
    result: 'done',
    tried: ['auto', 'auto'],
    notices: ['The GPU stopped working. The work goes on from its last checkpoint, with the GPU again.'],
  })
  const twice = await attempt('auto', [lost(), lost()])
  expect(twice).toMatchObject({ result: 'done', tried: ['auto', 'auto', 'cpu'] })
  expect(twice.notices[1]).toMatch(/with the processor\.$/)
})

it('goes on with the processor when the GPU has not the memory', async () => {
  expect(await attempt('auto', [full()])).toMatchObject({ result: 'done', tried: ['auto', 'cpu'] })
})

it('never takes another device than the one that was asked for by name', async () => {
  expect(await attempt('webgpu', [lost(), lost()])).toMatchObject({ result: lost(), tried: ['webgpu', 'webgpu'] })
  expect(await attempt('webgpu', [full()])).toMatchObject({ result: full(), tried: ['webgpu'], notices: [] })
})

it('does nothing again that another device would not mend', async () => {
  const bad = new EngineError('not-finite', 'The loss is not a number.')
  expect(await attempt('auto', [bad])).toMatchObject({ result: bad, tried: ['auto'] })
  const crash = new Error('a mistake')
  expect(await attempt('auto', [crash])).toMatchObject({ result: crash, tried: ['auto'] })
  expect(await attempt('auto', [full()], 'CPU, 8 threads')).toMatchObject({ result: full(), tried: ['auto'] })
})
