/**
 * The HTTP transport, the page's side: each request is a POST to /api/<name>, events come over one WebSocket.
 * The token in the address's fragment is exchanged once for a cookie that scripts can't read. Uses globals only, no node.
 */
import { ApiError } from './contract.ts'
import type { Api, RequestInput, RequestName, RequestReply } from './contract.ts'
import { openEnvelope, outgoing } from './dispatch.ts'
import { EventSocket, type OpenSocket } from './eventSocket.ts'
import { Listeners } from './listeners.ts'

export interface HttpOptions {
  /** Where the program answers, such as http://127.0.0.1:4242; left out: where the page came from. */
  origin?: string
  /** Left out: `#token=…` of the page's address, which is then removed from the address bar. */
  token?: string
  fetch?: typeof fetch
  openSocket?: OpenSocket
  /** Milliseconds before the first and between later attempts to get a lost connection back. */
  backoff?: { first: number; most: number }
}

const gone = 'Handful is not answering. If it was closed, start it again and open the address that it prints.'
const locked =
  'This page lacks the key to Handful, or Handful was started anew. Open the whole address that it printed at its start, up to the end of its token.'

/** Resolves when requests and events both work. Rejects with an `ApiError` in words for the user. */
export async function connectHttp(options: HttpOptions = {}): Promise<Api & { close(): void }> {
  const origin = options.origin ?? location.origin
  const call = options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args))

  const send = async (path: string, body?: unknown): Promise<Response> => {
    const request = body === undefined ? {} : { method: 'POST', headers: json, body: JSON.stringify(body) }
    const response = await call(origin + path, { ...request, credentials: 'same-origin' }).catch(() => {
      throw new ApiError('refused', gone)
    })
    if (response.status === 401) throw new ApiError('refused', locked)
    return response
  }

  const token = options.token ?? takeTokenFromAddress()
  const session = await send('/session', token === null ? undefined : { token })
  if (!session.ok) throw new ApiError('refused', `Handful refused this page (${session.status}).`)

  const api: Pick<Api, 'request'> = {
    async request<N extends RequestName>(name: N, input: RequestInput<N>) {
      const response = await send(`/api/${encodeURIComponent(name)}`, { input: outgoing(name, input) })
      const envelope: unknown = await response.json().catch(() => {
        throw new ApiError('internal', `Handful gave no readable answer (${response.status}).`)
      })
      return openEnvelope(envelope) as RequestReply<N>
    },
  }

  const listeners = new Listeners()
  const socket = new EventSocket({
    url: `${origin.replace(/^http/, 'ws')}/events`,
    open: options.openSocket ?? ((url) => new WebSocket(url)),
    backoff: options.backoff ?? { first: 250, most: 5000 },
    emit: (name, payload) => listeners.emit(name, payload),
    missed: () => void tellPresentState(api, listeners),
  })
  await socket.ready(10_000).catch(() => {
    socket.close()
    throw new ApiError('refused', gone)
  })
  return { ...api, on: (name, listener) => listeners.add(name, listener), close: () => socket.close() }
}

const json = { 'content-type': 'application/json' }

/** Reads `#token=…` and takes it out of the address bar, where a screenshot or a copied address would carry it on. */
function takeTokenFromAddress(): string | null {
  if (typeof location === 'undefined') return null
  const token = /^#token=([\w-]+)$/.exec(location.hash)?.[1] ?? null
  if (token !== null) history.replaceState(null, '', location.pathname + location.search)
  return token
}

/** Events were lost for good: tell the page where things stand now. Failing is no harm; the next connection tries again. */
async function tellPresentState(api: Pick<Api, 'request'>, listeners: Listeners): Promise<void> {
  try {
    listeners.emit('project.changed', await api.request('project.current', undefined))
    listeners.emit('cases.changed', {})
    const training = await api.request('training.current', undefined)
    if (training) listeners.emit('training.changed', training)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
  }
}
