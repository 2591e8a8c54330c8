/** Where things are, from this file's place in the build (out/main/shell/places.js; electron.vite.config.ts). */
import { fileURLToPath } from 'node:url'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export const preloadFile = at('../../preload/index.cjs')
export const gpuPreloadFile = at('../../preload/gpu.cjs')
export const pageFolder = at('../../renderer')
