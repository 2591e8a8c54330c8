import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Files, ServedFile } from './files.ts'
import { findResource, type ResourceRequest } from './resources.ts'

let folder: string
let page: string
const voxels = Buffer.from(Uint8Array.from({ length: 5000 }, (_, i) => i % 251))
const asked: string[] = []

const file =
  (kind: string, gzip: boolean) =>
  async (id: string): Promise<ServedFile | null> => {
    asked.push(`${kind} ${id}`)
    return id === 'one' ? { path: join(folder, `${kind}.one`), gzip, version: `${kind}-v1` } : null
  }
const files: Files = {
  volume: file('volume', false),
  labels: file('labels', true),
  thumbnail: file('thumbnail', false),
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
  await writeFile(join(folder, 'labels.one'), gzipSync(voxels))
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
  it('volumes come raw, label maps unpacked, thumbnails as pictures', async () => {
    expect((await get('/volume/one')).body).toEqual(voxels)
    expect((await get('/labels/one')).body).toEqual(voxels)
    const thumbnail = await get('/thumbnail/one.png')
    expect(thumbnail.body!.toString()).toBe('png')
    expect(thumbnail.headers['content-type']).toBe('image/png')
  })

  it.each([
    '/volume/two',
    '/volume/',
    '/volume',
    '/volume/one/x',
    '/volume/.one',
    '/volume/..%2fone',
    '/thumbnail/one',
  ])('%s is nothing', async (path) => expect([400, 404]).toContain((await get(path)).status))

  it('are asked for by plain ids only', async () => {
    asked.length = 0
    for (const id of ["o'ne", 'o%20ne', 'o:ne', '%2fetc', 'a'.repeat(300)]) await get(`/volume/${id}`)
    expect(asked).toEqual([])
  })

  it('are sent once and confirmed afterwards', async () => {
    const { headers } = await get('/volume/one')
    expect(headers.etag).toBe('"volume-v1"')
    expect(await get('/volume/one', { ifNoneMatch: '"other", "volume-v1"' })).toMatchObject({ status: 304, body: null })
    expect((await get('/volume/one', { ifNoneMatch: '"other"' })).status).toBe(200)
    expect((await get('/labels/one', { ifNoneMatch: '"labels-v1"' })).status).toBe(304)
  })

  it.each([
    ['bytes=0-99', 0, 100],
    ['bytes=100-', 100, 5000],
    ['bytes=-50', 4950, 5000],
    ['bytes=4990-9999', 4990, 5000],
    ['bytes=0-0', 0, 1],
  ])('%s is a part of a volume', async (range, start, end) => {
    const { status, headers, body } = await get('/volume/one', { range })
    expect(status).toBe(206)
    expect(headers['content-range']).toBe(`bytes ${start}-${end - 1}/5000`)
    expect(body).toEqual(voxels.subarray(start, end))
  })

  it('a range beyond the end is refused, one that makes no sense is ignored, an outdated one too', async () => {
    expect(await get('/volume/one', { range: 'bytes=5000-' })).toMatchObject({ status: 416, body: null })
    expect((await get('/volume/one', { range: 'bytes=-0' })).status).toBe(416)
    for (const range of ['bytes=9-3', 'bytes=-', 'lines=0-1', 'bytes=0-1,5-6']) {
      expect((await get('/volume/one', { range })).status).toBe(200)
    }
    expect((await get('/volume/one', { range: 'bytes=0-9', ifRange: '"volume-v1"' })).status).toBe(206)
    expect((await get('/volume/one', { range: 'bytes=0-9', ifRange: '"volume-v0"' })).status).toBe(200)
  })

  it('a file that is gone is nothing', async () => {
    const gone: Files = { ...files, volume: async () => ({ path: join(folder, 'gone'), gzip: false, version: '1' }) }
    expect((await findResource(page, gone, { method: 'GET', path: '/volume/one' })).status).toBe(404)
  })

  it('a damaged label map fails instead of ending early', async () => {
    await writeFile(join(folder, 'labels.one'), gzipSync(voxels).subarray(0, 60))
    await expect(get('/labels/one')).rejects.toThrow()
  })
})
