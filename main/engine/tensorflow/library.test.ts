/** What is said of a TensorFlow that is not there, or broken; and how one is loaded. Stand-ins for the native package. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { availableDevices, compileInference, openSession } from '../index.ts'
import { unet } from '../testing.ts'
import { loadTensorFlow } from './library.ts'

const folder = mkdtempSync(join(tmpdir(), 'handful-tensorflow-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const from = (place: string): string => pathToFileURL(join(folder, place, 'module.js')).href

function install(place: string, name: string, code: string): void {
  const target = join(folder, place, 'node_modules', name)
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'package.json'), JSON.stringify({ name, version: '4.22.0', main: 'index.js' }))
  writeFileSync(join(target, 'index.js'), code)
}

it('says how to get what is not there, and asks for it in no other way', async () => {
  expect(await loadTensorFlow(from('none'))).toMatch(/not installed.*docs\/devices/)
  const { graph, logits } = unet({ batch: 1, patch: [4, 4, 4], levels: 1, base: 2, classes: 2 })
  const opening = openSession(compileInference({ graph, outputs: { logits } }), { device: 'tensorflow' })
  await expect(opening).rejects.toMatchObject({ code: 'device', message: expect.stringMatching(/not installed/) })
  const report = (await availableDevices()).find(({ id }) => id === 'tensorflow')
  expect(report).toMatchObject({ ok: false, detail: expect.stringMatching(/not installed/) })
})

it('says why one that is there does not load', async () => {
  install('broken', '@tensorflow/tfjs-node', 'throw new Error("libtensorflow.so.2: cannot open shared object file")')
  expect(await loadTensorFlow(from('broken'))).toMatch(
    /tfjs-node is installed but cannot be used: libtensorflow\.so\.2/,
  )
})

it('loads it, the one for GPUs first, with what Node has dropped put back', async () => {
  const core = createRequire(import.meta.url).resolve('@tensorflow/tfjs-core')
  const code = (name: string) =>
    `const tf = require(${JSON.stringify(core)})
     if (!require('util').isNullOrUndefined(undefined)) throw new Error('undefined is something')
     module.exports = { ...tf, ready: async () => {}, backend: () => ({ isUsingGpuDevice: ${name.endsWith('gpu')} }) }`
  for (const name of ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu']) install('both', name, code(name))
  expect(await loadTensorFlow(from('both'))).toMatchObject({ name: 'TensorFlow through tfjs-node-gpu, GPU' })
})
