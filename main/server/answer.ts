/** What the server answers to an HTTP request: first whether it may be asked (access.ts), then what. */
import type { IncomingMessage } from 'node:http'
import type { Dispatch } from '../../shared/api/dispatch.ts'
import { isLoopbackHost, isOwnOrigin, type Access } from './access.ts'
import { readJson } from './body.ts'
import type { Files, Upload } from './program.ts'
import { securityHeaders } from './headers.ts'
import { findResource, isFileAddress, plain, type Resource } from './resources.ts'
import { takeUpload } from './upload.ts'

/** A message holds names and settings, never volumes. */
const mostMessage = 1 << 20

export interface Answering {
  access: Access
  dispatch: Dispatch
  files: Files
  upload: Upload
  /** Folder of the built page. */
  page: string
}

export async function answer(request: IncomingMessage, host: Answering): Promise<Resource> {
  const { headers, method = 'GET' } = request
  const { path } = splitAddress(request)
  const reading = method === 'GET' || method === 'HEAD'
  const guarded = path === '/session' || path.startsWith('/api/') || isFileAddress(path)

  if (!isLoopbackHost(headers.host)) return plain(403, 'Handful answers only at a loopback address.')
  if ((guarded || !reading) && !isOwnOrigin(headers, reading)) return plain(403, 'Another page may not ask this.')
  if (path === '/session' && method === 'POST') return openSession(request, host.access)
  if (guarded && !host.access.hasKey(headers)) return locked()
  if (path === '/session') return empty({})
  if (path.startsWith('/api/')) return handle(path.slice('/api/'.length), request, host.dispatch)
  if (method === 'PUT' && guarded) return takeUpload(host.upload, path, headers['content-type'], request)
  return findResource(host.page, host.files, {
    method,
    path,
    range: headers.range,
    ifNoneMatch: headers['if-none-match'],
    ifRange: headers['if-range'] as string | undefined,
  })
}

/** Path and query as they came: nothing resolved, nothing decoded. */
export function splitAddress(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const address = request.url ?? '/'
  const mark = address.indexOf('?')
  if (mark < 0) return { path: address, query: new URLSearchParams() }
  return { path: address.slice(0, mark), query: new URLSearchParams(address.slice(mark)) }
}

async function openSession(request: IncomingMessage, access: Access): Promise<Resource> {
  const body = await readJson(request, 1024)
  if (!body.ok) return plain(body.status, body.why)
  const cookie = access.exchange((body.value as { token?: unknown } | null)?.token)
  return cookie === null ? locked() : empty({ 'set-cookie': cookie })
}

async function handle(name: string, request: IncomingMessage, dispatch: Dispatch): Promise<Resource> {
  if (request.method !== 'POST') return plain(405, 'Requests are sent by POST.')
  const body = await readJson(request, mostMessage)
  if (!body.ok) return plain(body.status, body.why)
  const envelope = await dispatch(name, (body.value as { input?: unknown } | null)?.input)
  return plain(200, JSON.stringify(envelope), 'application/json; charset=utf-8')
}

const locked = () => plain(401, 'The key is missing: open the whole address that Handful printed at its start.')

const empty = (headers: Record<string, string>): Resource => ({
  status: 204,
  headers: { ...securityHeaders, 'cache-control': 'no-store', ...headers },
  open: null,
})
