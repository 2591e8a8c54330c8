import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A fixed port keeps a browser's bookmark and a tunnel's settings good. Not registered for anything. */
export const usualPort = 42630

/**
 * Binds `server`. Without `port`: the usual one, or any if that is taken. Resolves with the port.
 * Rejects with a plain sentence when it can't be had.
 */
export async function listen(server: Server, host: string, port?: number): Promise<number> {
  const tries = port === undefined ? [usualPort, 0] : [port]
  for (const [i, wanted] of tries.entries()) {
    try {
      return await bind(server, host, wanted)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
      if (i < tries.length - 1) continue
      const why = code === 'EACCES' ? 'may not be used' : 'is already in use, perhaps by another Handful'
      throw new Error(`Port ${wanted} ${why}. Choose another one, or leave out --port.`, { cause: error })
    }
  }
  throw new Error('unreachable')
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
