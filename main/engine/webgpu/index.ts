/** The GPU of this machine as an executor, tested before its first use. */
import { EngineError } from '../errors.ts'
import type { Executor } from '../executor.ts'
import { selfTestCases } from '../kernels/cases.ts'
import { difference, expected } from '../kernels/compare.ts'
import { openWebGpu } from './executor.ts'
import { findGpu, type Gpu } from './node.ts'
import { outcomeOn } from '../outcome.ts'

export { openWebGpu, type WebGpuOptions } from './executor.ts'
export { findGpu, type Gpu } from './node.ts'

/** The GPU if it is there and right; else why not, in a sentence. Tried once per process. */
export function probeGpu(): Promise<Gpu | string> {
  return (probed ??= probe())
}

let probed: Promise<Gpu | string> | null = null

async function probe(): Promise<Gpu | string> {
  const gpu = await findGpu()
  if (typeof gpu === 'string') return gpu
  const cases = selfTestCases()
  let executor: Executor | undefined
  try {
    const floats = Math.max(...cases.map(({ arena }) => arena.length))
    executor = await openWebGpu({ device: await sharedDevice(gpu), name: gpu.name, floats })
    await Promise.all(cases.map(({ calls }) => executor!.load(calls))) // the driver compiles kernels side by side
    for (const test of cases) {
      const wrong = difference(test, expected(test), await outcomeOn(executor, test))
      if (wrong) return `${gpu.name} gives wrong answers and is not used (${wrong}). A newer driver may help.`
    }
    return gpu
  } catch (error) {
    return `${gpu.name} cannot be used: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    await executor?.close()
  }
}

/** An executor on the GPU. Throws EngineError 'device' or 'memory'. */
export async function openGpu(floats: number): Promise<Executor> {
  const gpu = await probeGpu()
  if (typeof gpu === 'string') throw new EngineError('device', gpu)
  return openWebGpu({ device: await sharedDevice(gpu), name: gpu.name, floats })
}

let shared: Promise<GPUDevice> | null = null

/** One device for all sessions of this process, so that each kernel is compiled once; a new one when it is lost. */
function sharedDevice(gpu: Gpu): Promise<GPUDevice> {
  if (shared) return shared
  const opening = gpu.open()
  const forget = () => {
    if (shared === opening) shared = null
  }
  opening.then((device) => device.lost.then(forget), forget)
  return (shared = opening)
}
