/**
 * WebGPU in plain Node: the npm package `webgpu` (Dawn), an optional dependency. Not inside Electron, whose JavaScript
 * memory the package cannot share; there, a page has WebGPU of its own (page/).
 */
import { dawnFeatures } from '../../../shared/api/gpuPage.ts'
import { findAdapter, type Adapter } from './adapter.ts'
import { messageOf } from './failure.ts'

type Host = typeof globalThis & { handfulGpu?: GPU }

/** The GPU of this machine, or why there is none, in a sentence. */
export async function findNodeAdapter(): Promise<Adapter | string> {
  if (process.versions.electron) return 'This part of the app has no way to the GPU. The processor is used.'
  const problem = missingLoader()
  if (problem) return problem
  let gpu: GPU
  try {
    gpu = await instance()
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    return code.includes('MODULE_NOT_FOUND')
      ? 'The optional package "webgpu" is not installed. To use a GPU: npm install'
      : `The package "webgpu" does not work on this system: ${messageOf(error)}`
  }
  return findAdapter(gpu)
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
  return (host.handfulGpu ??= create([`enable-dawn-features=${dawnFeatures}`]))
}
