/** 1000 training steps take no more memory than those before them: neither of JavaScript's heap nor of the process. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { compileTraining } from './compile.ts'
import { Graph } from './graph.ts'
import { openSession, type DeviceId } from './open.ts'
import { matmul, softmaxCrossEntropy } from './ops/index.ts'
import type { Program } from './program.ts'
import { Session } from './session.ts'
import { labels, noise } from './testing.ts'
import { openWebGpu } from './webgpu/executor.ts'
import { findNodeAdapter } from './webgpu/node.ts'
import { useSoftwareGpu } from './webgpu/testing.ts'

useSoftwareGpu()
const gpu = await findNodeAdapter()
if (typeof gpu === 'string') console.warn(`A thousand steps on WebGPU are not tested: ${gpu}`)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

// As few kernels as a step can have: a software GPU takes milliseconds for each.
const rows = 4
function program(): Program {
  const graph = new Graph()
  const image = graph.input('image', [rows, 2])
  const target = graph.input('target', [rows])
  const weights = graph.parameter('weights', [2, 3], { kind: 'heNormal', fanIn: 2 })
  const { loss } = softmaxCrossEntropy(matmul(image, weights), target)
  return compileTraining({ graph, loss, optimiser: { kind: 'sgdNesterov', momentum: 0.9, decay: 0, clip: 0 } })
}

const open = async (device: DeviceId): Promise<Session> => {
  const compiled = program()
  if (device !== 'webgpu' || typeof gpu === 'string') return openSession(compiled, { device, threads: 2 })
  return Session.on(await openWebGpu({ device: await gpu.open(), name: gpu.name, floats: compiled.floats }), compiled)
}

const devices: [DeviceId, boolean][] = [
  ['cpu-addon', true],
  ['cpu-wasm', true],
  ['onnx', true],
  ['webgpu', typeof gpu !== 'string'],
]
it.each(devices.filter(([, here]) => here))('%s', { timeout: 120_000 }, async (device) => {
  const session = await open(device)
  session.initialise(1)
  const [image, target] = [noise(rows * 2, 1), labels(rows, 3, 1)]
  const steps = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      session.setInput('image', image)
      session.setInput('target', target)
      await session.step({ rate: 1e-3 })
    }
  }
  const used = () => {
    collect()
    const { rss, heapUsed, external } = process.memoryUsage()
    return { rss, heap: heapUsed + external }
  }
  // A software GPU fills its pools, and V8 compiles, in the first few hundred.
  await steps(500)
  const before = used()
  await steps(1000)
  const after = used()
  await session.close()
  // One kilobyte a step on the heap, or 32 in the process, would be noticed; what a software GPU takes for itself comes and
  // goes by tens of megabytes, but nothing of ours is held there without an object on the heap.
  expect(after.heap - before.heap).toBeLessThan(2 ** 20)
  expect(after.rss - before.rss).toBeLessThan(device === 'webgpu' ? 2 ** 27 : 2 ** 25)
})
