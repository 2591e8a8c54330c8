/**
 * WebGPU in plain Node: the npm package `webgpu` (Dawn), an optional dependency. Not inside Electron, whose JavaScript
 * memory the package cannot share; there, a page has WebGPU of its own.
 */
import { EngineError } from '../errors.ts'

export interface Gpu {
  /** For people: "NVIDIA GeForce RTX 4070 through WebGPU". */
  readonly name: string
  /** A program that acts as a GPU on the processor: right, but slow. */
  readonly software: boolean
  /** A new device with all that the adapter can give. */
  open(): Promise<GPUDevice>
}

type Host = typeof globalThis & { handfulGpu?: GPU }

/** The GPU of this machine, or why there is none, in a sentence. */
export async function findGpu(): Promise<Gpu | string> {
  if (process.versions.electron)
    return 'Inside the app the GPU cannot be used yet. It can from the command line and in workstation mode.'
  const problem = missingLoader()
  if (problem) return problem
  let gpu: GPU
  try {
    gpu = await instance()
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    return code.includes('MODULE_NOT_FOUND')
      ? 'The optional package "webgpu" is not installed. To use a GPU: npm install'
      : `The package "webgpu" does not work on this system: ${error instanceof Error ? error.message : String(error)}`
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) return 'No GPU was found that WebGPU can use. If there is one, update its driver.'
  const { description, vendor, architecture, isFallbackAdapter } = adapter.info
  const called = description || [vendor, architecture].filter(Boolean).join(' ') || 'GPU'
  return {
    name: `${called} through WebGPU`,
    software: isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${description} ${architecture}`),
    open: () => open(gpu),
  }
}

/** Without a Vulkan loader the package writes a warning of its own; better to say it ourselves. */
function missingLoader(): string | null {
  if (process.platform !== 'linux') return null
  try {
    process.dlopen({ exports: {} }, 'libvulkan.so.1')
  } catch (error) {
    // Any other complaint is that this is no module of Node, which is right.
    if (/cannot open shared object file/.test(String(error)))
      return 'No GPU can be reached: the Vulkan loader (libvulkan.so.1) is not installed. It comes with the driver, or as the package libvulkan1.'
  }
  return null
}

/** The entry point. It must stay reachable: if it is collected, the process aborts. */
async function instance(): Promise<GPU> {
  const host = globalThis as Host
  if (host.handfulGpu) return host.handfulGpu
  // Named by a variable, so that nobody needs the package to check or build this.
  const name = 'webgpu'
  const { create } = (await import(/* @vite-ignore */ name)) as { create(options: string[]): GPU }
  return (host.handfulGpu ??= create(['enable-dawn-features=disable_workgroup_init']))
}

const wanted = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
] as const

/** An adapter serves for one device only, so each gets a new one. */
async function open(gpu: GPU): Promise<GPUDevice> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new EngineError('device', 'The GPU is no longer there. Choose another device.')
  const requiredLimits = Object.fromEntries(wanted.map((name) => [name, adapter.limits[name]]))
  try {
    return await adapter.requestDevice({ label: 'Handful', requiredLimits })
  } catch (error) {
    throw new EngineError(
      'device',
      `The GPU cannot be opened: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
