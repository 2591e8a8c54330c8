/** What the hidden page, its preload script and the shell call their messages. No imports: the preload script is small. */

/** From the main process to the preload script, and from there to the page, each with a port. */
export const gpuPortMessage = 'handful:gpu'
/** Below the page's address. */
export const gpuPage = 'gpu.html'
/** From a worker process to the shell: a page is wanted. Back: the same with a port, or with a problem in words. */
export const gpuWish = 'handful:gpu-page'
