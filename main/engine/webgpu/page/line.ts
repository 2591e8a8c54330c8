/**
 * A line between the process that trains and the page that has the GPU: messages are structured clones, so tensors travel
 * as bytes. Its ends are MessagePorts of three kinds, which differ in little things.
 */
export interface Line {
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  /** The other end is gone: closed, crashed, or its process ended. */
  onClose(listener: () => void): void
  close(): void
}

/** A port of Electron's processes: messages come as the `data` of an event. */
export interface ElectronPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown
  on(event: 'close', listener: () => void): unknown
  start(): void
  close(): void
}

export function electronLine(port: ElectronPort): Line {
  return {
    send: (message) => port.postMessage(message),
    onMessage(listener) {
      port.on('message', ({ data }) => listener(data))
      port.start()
    },
    onClose: (listener) => void port.on('close', listener),
    close: () => port.close(),
  }
}

/** A port of a page, or of Node's worker_threads. */
export function portLine(port: MessagePort): Line {
  return {
    send: (message) => port.postMessage(message),
    onMessage(listener) {
      port.addEventListener('message', ({ data }) => listener(data))
      port.start()
    },
    onClose: (listener) => port.addEventListener('close', listener),
    close: () => port.close(),
  }
}
