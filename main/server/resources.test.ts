import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiError } from '../../shared/api/contract.ts'
import type { Files } from './program.ts'
import { findResource, type ResourceRequest } from './resources.ts'

let folder: string
let page: string
const voxels = Buffer.from(Uint8Array.from({ length: 5000 }, (_, i) => i % 251))
const asked: string[] = []

const files: Files = async (path) => {
  asked.push(path)
  if (path === '/volume/one') return { path: join(folder, 'volume.one'), contentType: 'application/octet-stream' }
  if (path === '/labels/one') return { bytes: voxels, contentType: 'application/octet-stream' }
  if (path === '/thumbnail/one.png') return { path: join(folder, 'thumbnail.one'), contentType: 'image/png' }
  if (path === '/volume/closed') throw new ApiError('refused', 'No project is open.')
  if (path === '/volume/broken') throw new Error('a mistake')
  return null
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handful-resources-'))
  page = join(folder, 'renderer')
  await mkdir(join(page, 'assets'), { recursive: true })
  await writeFile(join(page, 'index.html'), '<!doctype html>')
  await writeFile(join(page, 'assets', 'a-1234.js'), 'export {}')
  await writeFile(join(page, 'empty.json'), '')
  await writeFile(join(folder, 'secret.txt'), 'secret')
  await mkdir(join(folder, 'renderer-other'))
  await writeFile(join(folder, 'renderer-other', 'secret.txt'), 'secret')
  await writeFile(join(folder, 'volume.one'), voxels)
  await writeFile(join(folder, 'thumbnail.one'), 'png')
})
afterAll(() => rm(folder, { recursive: true }))

async function get(path: string, more: Partial<ResourceRequest> = {}) {
  const { status, headers, open } = await findResource(page, files, { method: 'GET', path, ...more })
  return { status, headers, body: open ? await buffer(open()) : null }
}

describe('the page', () => {
  it('is served with its types, the policy, and caching by name', async () => {
    const index = await get('/')
    expect(index.status).toBe(200)
    expect(index.body!.toString()).toBe('<!doctype html>')
    expect(index.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(index.headers['cache-control']).toBe('no-cache')
    expect(index.headers['content-security-policy']).toContain("script-src 'self' 'wasm-unsafe-eval';")
    expect(index.headers['x-content-type-options']).toBe('nosniff')
    const script = await get('/assets/a-1234.js')
    expect(script.headers['content-type']).toContain('text/javascript')
    expect(script.headers['cache-control']).toContain('immutable')
    expect((await get('/empty.json')).body!.length).toBe(0)
  })

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
    '/..\\secret.txt',
    '/%5c..%5csecret.txt',
    '/../renderer-other/secret.txt',
    '/index.html%00.png',
    '/%',
    '//etc/passwd',
    'secret.txt',
    '*',
    '/assets',
    '/assets/',
    '/missing.js',
  ])('does not let %s out', async (path) => {
    const { status, body } = await get(path)
    expect([400, 404]).toContain(status)
    expect(body!.toString()).not.toContain('secret')
  })

  it('is only read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect((await get('/', { method })).status).toBe(405)
    expect(await get('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: null })
  })
})

describe('files by id', () => {
  it('volumes come from disk, label maps from memory, thumbnails as pictures', async () => {
    expect((await get('/volume/one')).body).toEqual(voxels)
    expect((await get('/labels/one')).body).toEqual(voxels)
    const thumbnail = await get('/thumbnail/one.png')
    expect(thumbnail.body!.toString()).toBe('png')
    expect(thumbnail.headers['content-type']).toBe('image/png')
  })

  it('what is not there is a 404 in words; a mistake of our own is not hidden', async () => {
    for (const path of ['/volume/two', '/volume', '/labels/', '/thumbnail/one']) {
      expect((await get(path)).status).toBe(404)
    }
    const closed = await get('/volume/closed')
    expect([closed.status, closed.body!.toString()]).toEqual([404, 'No project is open.'])
    await expect(get('/volume/broken')).rejects.toThrow('a mistake')
  })

  it('are never asked for by a path that climbs', async () => {
    asked.length = 0
    for (const path of ['/volume/../secret.txt', '/volume/%2e%2e/secret.txt', '/volume/..%5csecret', '/labels/a%00']) {
      expect((await get(path)).status).toBe(400)
    }
    expect(asked).toEqual([])
  })

  it.each(['/volume/one', '/labels/one'])('%s is sent once and confirmed afterwards', async (path) => {
    const { etag } = (await get(path)).headers
    expect(await get(path, { ifNoneMatch: `"other", ${etag}` })).toMatchObject({ status: 304, body: null })
    expect((await get(path, { ifNoneMatch: '"other"' })).status).toBe(200)
  })

  it.each(
    ['/volume/one', '/labels/one'].flatMap((path) =>
      (
        [
          ['bytes=0-99', 0, 100],
          ['bytes=100-', 100, 5000],
          ['bytes=-50', 4950, 5000],
          ['bytes=4990-9999', 4990, 5000],
          ['bytes=0-0', 0, 1],
        ] as const
      ).map((range) => [path, ...range] as const),
    ),
  )('of %s, %s is a part', async (path, range, start, end) => {
    const { status, headers, body } = await get(path, { range })
    expect(status).toBe(206)
    expect(headers['content-range']).toBe(`bytes ${start}-${end - 1}/5000`)
    expect(headers['content-length']).toBe(String(end - start))
    expect(body).toEqual(voxels.subarray(start, end))
  })

  it('a range beyond the end is refused, one that makes no sense is ignored, an outdated one too', async () => {
    expect(await get('/volume/one', { range: 'bytes=5000-' })).toMatchObject({ status: 416, body: null })
    expect((await get('/volume/one', { range: 'bytes=-0' })).status).toBe(416)
    for (const range of ['bytes=9-3', 'bytes=-', 'lines=0-1', 'bytes=0-1,5-6']) {
      expect((await get('/volume/one', { range })).status).toBe(200)
    }
    const { etag } = (await get('/volume/one')).headers
    expect((await get('/volume/one', { range: 'bytes=0-9', ifRange: etag })).status).toBe(206)
    expect((await get('/volume/one', { range: 'bytes=0-9', ifRange: '"old"' })).status).toBe(200)
  })

  it('a changed file has another version', async () => {
    const before = (await get('/thumbnail/one.png')).headers.etag
    await writeFile(join(folder, 'thumbnail.one'), 'other')
    expect((await get('/thumbnail/one.png')).headers.etag).not.toBe(before)
  })

  it('a file that is gone is nothing', async () => {
    await rm(join(folder, 'thumbnail.one'))
    expect((await get('/thumbnail/one.png')).status).toBe(404)
  })
})
