/**
 * From an address's path to what is there: the page's own files, volumes, label maps, thumbnails. Knows nothing of who
 * asks: the server (index.ts) and Electron's protocol (main/shell/protocol.ts) both answer with what comes out here.
 */
import { stat } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import type { Files, ServedFile } from './files.ts'
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

const kinds = { volume: '.bin', labels: '.bin', thumbnail: '.png' } as const
type Kind = keyof typeof kinds

/** `page` is the folder of the built page (out/renderer). Never rejects for a bad address: that is a 4xx. */
export async function findResource(page: string, files: Files, request: ResourceRequest): Promise<Resource> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Only GET is possible here.')
  const path = decodePath(request.path)
  if (path === null) return plain(400, 'This address is malformed.')
  const named = /^\/(volume|labels|thumbnail)\/([\w][\w.-]{0,199})$/.exec(path)
  if (!named) return isFileAddress(path) ? notFound() : pageFile(page, path, request)
  const kind = named[1] as Kind
  if (kind === 'thumbnail' && !named[2].endsWith('.png')) return notFound()
  const file = await files[kind](kind === 'thumbnail' ? named[2].slice(0, -'.png'.length) : named[2])
  // Versioned addresses would allow more, but a case's volume may be imported anew: ask each time, get a 304.
  return file ? serve(file, kinds[kind], 'private, no-cache', request) : notFound()
}

/** Whether an address is under one of the places that need the key; the page itself needs none. */
export const isFileAddress = (path: string): boolean => /^\/(volume|labels|thumbnail)(\/|$)/.test(path)

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
  const found = await stat(file).catch(() => null)
  if (!found?.isFile()) return notFound()
  // The build puts a hash into the names of everything under assets.
  const caching = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
  const version = `${found.size}-${Math.round(found.mtimeMs)}`
  return serve({ path: file, gzip: false, version }, extname(file), caching, request)
}

async function serve(
  file: ServedFile,
  extension: string,
  caching: string,
  request: ResourceRequest,
): Promise<Resource> {
  const found = await stat(file.path).catch(() => null)
  if (!found?.isFile()) return notFound()
  const etag = `"${file.version.replaceAll(/[^\w.-]/g, '')}"`
  const headers: Record<string, string> = {
    ...securityHeaders,
    'content-type': contentType(extension),
    'cache-control': caching,
    etag,
  }
  if (request.ifNoneMatch?.split(/\s*,\s*/).includes(etag)) return { status: 304, headers, open: null }
  if (file.gzip) {
    return { status: 200, headers, open: body(request, () => unpacked(file.path)) }
  }
  headers['accept-ranges'] = 'bytes'
  const wanted = request.range && (!request.ifRange || request.ifRange === etag) ? request.range : null
  const range = parseRange(wanted, found.size)
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${found.size}` }, open: null }
  }
  const { start, end } = range ?? { start: 0, end: found.size - 1 }
  if (range) headers['content-range'] = `bytes ${start}-${end}/${found.size}`
  headers['content-length'] = String(end - start + 1)
  const open = () =>
    found.size === 0 ? Readable.from([]) : createReadStream(file.path, { start, end, highWaterMark: 1 << 20 })
  return { status: range ? 206 : 200, headers, open: body(request, open) }
}

const body = (request: ResourceRequest, open: () => Readable) => (request.method === 'HEAD' ? null : open)

function unpacked(path: string): Readable {
  const packed = createReadStream(path)
  const content = packed.pipe(createGunzip({ chunkSize: 1 << 18 }))
  packed.on('error', (error) => content.destroy(error))
  content.on('close', () => packed.destroy())
  return content
}
