/**
 * Entry of the hidden page (renderer/gpu.html). The preload script hands it a port to the process that trains; the work is
 * done in a worker, which no throttling of windows reaches.
 */
import { gpuPortMessage } from '../../../../shared/api/gpuPage.ts'

addEventListener('message', (event) => {
  if (event.source !== window || event.data !== gpuPortMessage) return
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'GPU' })
  worker.postMessage(null, [event.ports[0]])
  // Nobody is at the other end any more.
  worker.addEventListener('message', () => window.close())
})
