/**
 * From an address's path to what is there: the page's own files, volumes, label maps, thumbnails. Knows nothing of who
 * asks: the server (answer.ts) and Electron's protocol (main/shell/protocol.ts) both answer with what comes out here.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { ApiError } from '../../shared/api/contract.ts'
import type { Files } from './program.ts'
import { contentType, securityHeaders } from './headers.ts'
import { parseRange } from './range.ts'

export interface ResourceRequest {
  method: string
  /** Path of the address as it came, percent-encoded, without the query. */
  path: string
  range?: string | null
  ifNoneMatch?: string | null
  ifRange?: string | null
}

export interface Resource {
  status: number
  headers: Record<string, string>
  /** Opens the content; null where there is none to send. Call it at most once. */
  open: (() => Readable) | null
}

/** `page` is the folder of the built page (out/renderer). A bad address is a 4xx; rejects only for mistakes of our own. */
export async function findResource(page: string, files: Files, request: ResourceRequest): Promise<Resource> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Only GET is possible here.')
  const path = decodePath(request.path)
  if (path === null) return plain(400, 'This address is malformed.')
  return isFileAddress(path) ? programFile(files, path, request) : pageFile(page, path, request)
}

/** Whether an address is one of the program's files, which need the key; the page itself needs none. */
export const isFileAddress = (path: string): boolean =>
  /^\/(volume|labels|entropy|drafts|thumbnail|drop|models)(\/|$)/.test(path)

/** A short answer: words, unless another type is named. */
export function plain(status: number, text: string, type = 'text/plain; charset=utf-8'): Resource {
  const content = Buffer.from(text)
  return {
    status,
    headers: {
      ...securityHeaders,
      'content-type': type,
      'content-length': String(content.length),
      'cache-control': 'no-store',
    },
    open: () => Readable.from([content]),
  }
}

const notFound = () => plain(404, 'There is nothing at this address.')

/** Null for what no honest address holds: broken escapes, control characters, backslashes, `..` segments. */
function decodePath(path: string): string | null {
  try {
    const decoded = decodeURIComponent(path)
    const hostile = !decoded.startsWith('/') || /[\0-\x1f\\]/.test(decoded) || decoded.split('/').includes('..')
    return hostile ? null : decoded
  } catch {
    return null
  }
}

async function pageFile(root: string, path: string, request: ResourceRequest): Promise<Resource> {
  const file = resolve(join(root, path === '/' ? 'index.html' : path))
  if (!file.startsWith(resolve(root) + sep)) return plain(400, 'This address is malformed.')
  // The build puts a hash into the names of everything under assets.
  const caching = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
  const content = await fileContent(file)
  return content ? deliver(content, contentType(extname(file)), caching, request) : notFound()
}

async function programFile(files: Files, path: string, request: ResourceRequest): Promise<Resource> {
  try {
    const file = await files(path)
    const content = file && ('path' in file ? await fileContent(file.path) : bytesContent(file.bytes))
    // A scan may be imported anew and a thumbnail made anew: the page asks each time, and mostly gets a 304.
    return content ? deliver(content, file.contentType, 'private, no-cache', request) : notFound()
  } catch (error) {
    if (error instanceof ApiError && error.kind !== 'internal') return plain(404, error.message)
    throw error
  }
}

interface Content {
  size: number
  /** Another one whenever the content is another. */
  version: string
  /** First and last byte, both included. */
  read(start: number, end: number): Readable
}

async function fileContent(path: string): Promise<Content | null> {
  const found = await stat(path).catch(() => null)
  if (!found?.isFile()) return null
  return {
    size: found.size,
    version: `${found.size}-${Math.round(found.mtimeMs)}-${found.ino}`,
    read: (start, end) => createReadStream(path, { start, end, highWaterMark: 1 << 20 }),
  }
}

const bytesContent = (bytes: Uint8Array): Content => ({
  size: bytes.length,
  version: createHash('sha1').update(bytes).digest('hex'),
  read: (start, end) => Readable.from([bytes.subarray(start, end + 1)]),
})

function deliver(content: Content, type: string, caching: string, request: ResourceRequest): Resource {
  const { size } = content
  const etag = `"${content.version}"`
  const headers: Record<string, string> = {
    ...securityHeaders,
    'content-type': type,
    'cache-control': caching,
    'accept-ranges': 'bytes',
    etag,
  }
  if (request.ifNoneMatch?.split(/\s*,\s*/).includes(etag)) return { status: 304, headers, open: null }
  const outdated = request.ifRange && request.ifRange !== etag
  const range = outdated ? null : parseRange(request.range, size)
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${size}` }, open: null }
  }
  const { start, end } = range ?? { start: 0, end: size - 1 }
  if (range) headers['content-range'] = `bytes ${start}-${end}/${size}`
  headers['content-length'] = String(end - start + 1)
  const open = () => (size === 0 ? Readable.from([]) : content.read(start, end))
  return { status: range ? 206 : 200, headers, open: request.method === 'HEAD' ? null : open }
}
