/** Entry of the worker in the hidden page: is given one port, and serves the GPU over it. */
import { portLine } from './line.ts'
import { serveGpu } from './serve.ts'

addEventListener(
  'message',
  ({ ports }) => {
    const line = portLine(ports[0])
    serveGpu(line, navigator.gpu)
    line.onClose(() => postMessage('closed'))
  },
  { once: true },
)
