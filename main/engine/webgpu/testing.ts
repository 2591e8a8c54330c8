/** Finding a software GPU for tests. */
import { existsSync } from 'node:fs'

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
