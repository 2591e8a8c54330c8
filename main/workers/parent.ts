/** The line to the process that started this one: a forked process of Node's, or a utility process of Electron's. */

interface Port {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

export interface Parent {
  send(message: unknown): void
  /** Waits until everything sent has left, so that the process may end. */
  flush(): Promise<void>
  onMessage(listener: (message: unknown) => void): void
  onGone(listener: () => void): void
}

export function connectParent(): Parent {
  const port = (process as unknown as { parentPort?: Port }).parentPort
  if (port) {
    return {
      send: (message) => port.postMessage(message),
      flush: () => Promise.resolve(),
      onMessage: (listener) => port.on('message', ({ data }) => listener(data)),
      onGone: () => undefined, // a utility process ends with its parent
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
  }
}
