/** What a GPU is called, whether it is one, and how it is opened: the same wherever WebGPU comes from. */
import { EngineError } from '../errors.ts'
import { messageOf } from './failure.ts'

export interface Adapter {
  /** For people: "NVIDIA GeForce RTX 4070 through WebGPU". */
  readonly name: string
  /** A program that acts as a GPU on the processor: right, but slow. */
  readonly software: boolean
  /** Whether its kernels can compute in half precision. */
  readonly half: boolean
  /** A new device with all that the adapter can give. Throws EngineError 'device'. */
  open(): Promise<GPUDevice>
}

const wanted = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
] as const

const halfPrecision = 'shader-f16'
const strongest: GPURequestAdapterOptions = { powerPreference: 'high-performance' }

/** The strongest GPU, or why there is none, in a sentence. */
export async function findAdapter(gpu: GPU): Promise<Adapter | string> {
  const adapter = await gpu.requestAdapter(strongest)
  if (!adapter) return 'No GPU was found that WebGPU can use. If there is one, update its driver.'
  const { description, vendor, architecture, isFallbackAdapter } = adapter.info
  const called = description || [vendor, architecture].filter(Boolean).join(' ') || 'GPU'
  return {
    name: `${called} through WebGPU`,
    software: isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${description} ${architecture}`),
    half: adapter.features.has(halfPrecision),
    open: () => open(gpu),
  }
}

/** An adapter serves for one device only, so each gets a new one. */
async function open(gpu: GPU): Promise<GPUDevice> {
  const adapter = await gpu.requestAdapter(strongest)
  if (!adapter) throw new EngineError('device', 'The GPU is no longer there. Choose another device.')
  const requiredLimits = Object.fromEntries(wanted.map((name) => [name, adapter.limits[name]]))
  try {
    const requiredFeatures = adapter.features.has(halfPrecision) ? [halfPrecision] : []
    return await adapter.requestDevice({ label: 'Handful', requiredLimits, requiredFeatures } as GPUDeviceDescriptor)
  } catch (error) {
    throw new EngineError('device', `The GPU cannot be opened: ${messageOf(error)}`)
  }
}

/** Gives one device for all who ask, so that each kernel is compiled once; a new one when it is lost. */
export function sharedDevice(adapter: Adapter): () => Promise<GPUDevice> {
  let shared: Promise<GPUDevice> | null = null
  return () => {
    if (shared) return shared
    const opening = adapter.open()
    const forget = () => {
      if (shared === opening) shared = null
    }
    opening.then((device) => device.lost.then(forget), forget)
    return (shared = opening)
  }
}
