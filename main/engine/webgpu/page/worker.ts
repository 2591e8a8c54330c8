/** Entry of the worker in the hidden page: is given one port, and serves the GPU over it. */
import { portLine } from './line.ts'
import { serveGpu } from './serve.ts'

addEventListener('message', ({ ports }) => serveGpu(portLine(ports[0]), navigator.gpu), { once: true })
