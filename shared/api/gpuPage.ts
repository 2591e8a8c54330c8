/**
 * How the hidden page that has the GPU is wished for and connected: names that the shell, its preload script, the page and
 * worker processes share. No imports: the preload script is small.
 */

/** From the main process to the preload script, and from there to the page, each with a port. */
export const gpuPortMessage = 'handful:gpu'
/** Below the page's address. */
export const gpuPage = 'gpu.html'
/**
 * For Dawn, which is under WebGPU here and there. Our kernels write workgroup memory before they read it; to clear it first
 * makes compilers ten times as slow.
 */
export const dawnFeatures = 'disable_workgroup_init'
/** `type` of a worker process's wish for a page, and of the reply, which comes with a port or says what is wrong. */
export const gpuWish = 'handful:gpu-page'

export interface GpuReply {
  readonly type: typeof gpuWish
  readonly problem?: string
}

const hasType = (message: unknown): boolean => (message as { type?: unknown } | null | undefined)?.type === gpuWish

export const isGpuWish = (message: unknown): boolean => hasType(message)
export const isGpuReply = (message: unknown): message is GpuReply => hasType(message)
