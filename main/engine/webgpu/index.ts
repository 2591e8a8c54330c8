/** The GPU of this machine as an executor, tested before its first use. */
import { EngineError } from '../errors.ts'
import type { Executor } from '../executor.ts'
import { selfTestCases } from '../kernels/cases.ts'
import { difference, expected } from '../kernels/compare.ts'
import { sharedDevice } from './adapter.ts'
import { openWebGpu } from './executor.ts'
import { messageOf } from './failure.ts'
import { halfTolerance } from './half.ts'
import { findNodeAdapter } from './node.ts'
import { outcomeOn } from '../outcome.ts'
import { pageOpener } from '../gpu-page.ts'
import { findPageGpu } from './page/remote.ts'

/** A GPU, wherever its kernels run: in this process, or in a page. */
export interface Gpu {
  /** For people: "NVIDIA GeForce RTX 4070 through WebGPU". */
  readonly name: string
  /** A program that acts as a GPU on the processor: right, but slow. */
  readonly software: boolean
  /** Whether it can compute convolutions in half precision. */
  readonly half: boolean
  /** An executor with a zeroed arena of `floats`. Throws EngineError 'device' or 'memory'. */
  arena(floats: number, half?: boolean): Promise<Executor>
}

let found: Promise<Gpu | string> | null = null

/** The GPU, or why there is none, in a sentence. */
export function findGpu(): Promise<Gpu | string> {
  const openPage = pageOpener()
  return (found ??= openPage ? findPageGpu(openPage) : findInNode())
}

async function findInNode(): Promise<Gpu | string> {
  const adapter = await findNodeAdapter()
  if (typeof adapter === 'string') return adapter
  const device = sharedDevice(adapter)
  const { name, software, half } = adapter
  return {
    name,
    software,
    half,
    arena: async (floats, half) => openWebGpu({ device: await device(), name, floats, half: half ? 'f16' : null }),
  }
}

const probed = new Map<boolean, Promise<Gpu | string>>()

/** The GPU if it is there and right, in single or half precision; else why not, in a sentence. Tried once per process. */
export function probeGpu(half = false): Promise<Gpu | string> {
  let result = probed.get(half)
  if (!result) probed.set(half, (result = findGpu().then((gpu) => (typeof gpu === 'string' ? gpu : selfTest(gpu, half))))) // prettier-ignore
  return result
}

/** The GPU itself if every kernel gives what it should there, else what is wrong. */
export async function selfTest(gpu: Gpu, half = false): Promise<Gpu | string> {
  if (half && !gpu.half) return `${gpu.name} has no half precision.`
  const cases = selfTestCases()
  let executor: Executor | undefined
  try {
    executor = await gpu.arena(Math.max(...cases.map(({ arena }) => arena.length)), half)
    await Promise.all(cases.map(({ calls }) => executor!.load(calls))) // the driver compiles kernels side by side
    for (const test of cases) {
      const tolerance = half ? halfTolerance(test) : undefined
      const wrong = difference(test, expected(test), await outcomeOn(executor, test), tolerance)
      if (wrong) return `${executor.name} gives wrong answers and is not used (${wrong}). A newer driver may help.`
    }
    return gpu
  } catch (error) {
    return `${gpu.name} cannot be used: ${messageOf(error)}`
  } finally {
    await executor?.close()
  }
}

/** An executor on the GPU. Throws EngineError 'device' or 'memory'. */
export async function openGpu(floats: number, half = false): Promise<Executor> {
  const gpu = await probeGpu(half)
  if (typeof gpu === 'string') throw new EngineError('device', gpu)
  return gpu.arena(floats, half)
}
