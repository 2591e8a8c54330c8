/** What the page gets, and what it does not. */
import { EventEmitter } from 'node:events'
import { expect, it, vi } from 'vitest'
import type { Bridge } from '../shared/api/bridge.ts'

const ipcRenderer = vi.hoisted(() => ({ invoke: vi.fn(async () => ({ ok: true })), on: vi.fn(), off: vi.fn() }))
const exposed = vi.hoisted(() => vi.fn())
const webUtils = vi.hoisted(() => ({ getPathForFile: vi.fn(() => '/scans/one.nii') }))
vi.mock('electron', () => ({ contextBridge: { exposeInMainWorld: exposed }, ipcRenderer, webUtils }))

const emitter = new EventEmitter()
ipcRenderer.on.mockImplementation((name: string, listener: never) => emitter.on(name, listener))
ipcRenderer.off.mockImplementation((name: string, listener: never) => emitter.off(name, listener))
await import('./index.ts')
const calls = [...exposed.mock.calls] as [string, Bridge][]
const [[name, bridge]] = calls

it('exposes three functions under one name, once', () => {
  expect(calls).toHaveLength(1)
  expect(name).toBe('handful')
  expect(Object.keys(bridge).sort()).toEqual(['invoke', 'listen', 'pathOf'])
})

it('sends on the one channel of the contract, whatever it is asked', async () => {
  await bridge.invoke('project.open', { folder: '/x' })
  await bridge.invoke('ELECTRON_BROWSER_EVAL', 'process.exit()')
  expect(ipcRenderer.invoke.mock.calls).toEqual([
    ['handful:request', 'project.open', { folder: '/x' }],
    ['handful:request', 'ELECTRON_BROWSER_EVAL', 'process.exit()'],
  ])
})

it('hears events without what sent them, until it stops', () => {
  const heard: unknown[][] = []
  const stop = bridge.listen((...args) => heard.push(args))
  emitter.emit('handful:event', { sender: 'secret' }, 'job', { id: '1' })
  stop()
  emitter.emit('handful:event', { sender: 'secret' }, 'job', { id: '2' })
  expect(heard).toEqual([['job', { id: '1' }]])
})

it('tells where a dropped file lies', () => {
  const file = new File([], 'one.nii')
  expect(bridge.pathOf(file)).toBe('/scans/one.nii')
  expect(webUtils.getPathForFile).toHaveBeenCalledWith(file)
})
