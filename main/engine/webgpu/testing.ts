/** Running the cases of the kernels on an executor, and finding a software GPU for tests. */
import { existsSync } from 'node:fs'
import type { Executor } from '../executor.ts'
import type { Case } from '../kernels/cases.ts'

/** Run a case and give the arena that it leaves. */
export async function outcomeOn(executor: Executor, test: Case): Promise<Float32Array> {
  const all = { offset: 0, size: test.arena.length }
  executor.write(all, (values) => values.set(test.arena))
  executor.run(await executor.load(test.calls))
  return (await executor.read([all]))[0].slice()
}

/**
 * Where there is no GPU: the software one of Debian's Chromium. The Vulkan loader that comes with it is brought into the
 * process and kept there (0x1000 is RTLD_NODELETE), since the package `webgpu` asks for it by name only.
 */
export function useSoftwareGpu(folder = '/usr/lib/chromium'): void {
  if (process.platform !== 'linux' || process.env.VK_ICD_FILENAMES || !existsSync(`${folder}/vk_swiftshader_icd.json`))
    return
  process.env.VK_ICD_FILENAMES = `${folder}/vk_swiftshader_icd.json`
  try {
    process.dlopen({ exports: {} }, `${folder}/libvulkan.so.1`, 1 | 0x1000)
  } catch {
    // It is a library but no module of Node: the complaint comes after it was loaded.
  }
}
