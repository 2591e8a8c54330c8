/** The line to the process that started this one: a forked process of Node's, or a utility process of Electron's. */
import { gpuWish, isGpuReply } from '../../shared/api/gpuPage.ts'
import { electronLine, type ElectronPort, type OpenPage } from '../engine/gpu-page.ts'

interface Port {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown; ports: readonly ElectronPort[] }) => void): void
}

export interface Parent {
  send(message: unknown): void
  /** Waits until everything sent has left, so that the process may end. */
  flush(): Promise<void>
  onMessage(listener: (message: unknown) => void): void
  onGone(listener: () => void): void
  /** Asks for a hidden page that has the GPU; null where there is no Electron. */
  readonly openGpuPage: OpenPage | null
}

export function connectParent(): Parent {
  const port = (process as unknown as { parentPort?: Port }).parentPort
  if (port) {
    return {
      send: (message) => port.postMessage(message),
      flush: () => Promise.resolve(),
      onMessage: (listener) => port.on('message', ({ data }) => void (isGpuReply(data) || listener(data))),
      onGone: () => undefined, // a utility process ends with its parent
      openGpuPage: gpuPagesOver(port),
    }
  }
  let last: Promise<void> = Promise.resolve()
  return {
    send(message) {
      if (process.connected) last = new Promise((sent) => process.send!(message, () => sent()))
    },
    flush: () => last,
    onMessage: (listener) => process.on('message', listener),
    onGone: (listener) => process.on('disconnect', listener),
    openGpuPage: null,
  }
}

/** Replies come in the order of the wishes. */
function gpuPagesOver(port: Port): OpenPage {
  const waiting: PromiseWithResolvers<ReturnType<typeof electronLine>>[] = []
  port.on('message', ({ data, ports }) => {
    if (!isGpuReply(data)) return
    const next = waiting.shift()
    if (ports[0]) next?.resolve(electronLine(ports[0]))
    else next?.reject(new Error(data.problem ?? 'the window for it did not open.'))
  })
  return () => {
    const next = Promise.withResolvers<ReturnType<typeof electronLine>>()
    waiting.push(next)
    port.postMessage({ type: gpuWish })
    return next.promise
  }
}
