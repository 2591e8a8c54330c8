import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../library/testing.ts'
import { forkProcess, startWorker, workerFile } from './process.ts'

function start(code: string, onMessage: (message: unknown) => void = () => {}) {
  const file = join(temporaryFolder(), 'worker.mjs')
  writeFileSync(file, code)
  return startWorker(forkProcess, file, ['argument'], onMessage)
}

describe('a worker process', () => {
  it('gets its arguments and messages, and its answers come back, NaN and typed arrays too', async () => {
    const heard: unknown[] = []
    const worker = start(
      `process.on('message', (m) => { process.send([process.argv[2], m, NaN, new Uint8Array([1])]); process.disconnect() })`,
      (message) => heard.push(message),
    )
    worker.send({ hello: 1 })
    expect(await worker.ended).toEqual({ ok: true })
    expect(heard).toEqual([['argument', { hello: 1 }, NaN, new Uint8Array([1])]])
  })

  it('that crashes is explained, with its last words for a report', async () => {
    const end = await start(`throw new Error('broken inside')`).ended
    expect(end).toMatchObject({ ok: false, reason: expect.stringContaining('ended unexpectedly (code 1)') })
    expect(!end.ok && end.detail).toContain('broken inside')
  })

  it('that was killed, or ran out of memory, is explained', async () => {
    const worker = start('setInterval(() => {}, 1000)')
    worker.kill()
    expect(await worker.ended).toMatchObject({ ok: false, reason: expect.stringContaining('ended from outside') })
    const full = await start(`console.error('FATAL ERROR: JavaScript heap out of memory'); process.abort()`).ended
    expect(full).toMatchObject({ ok: false, reason: expect.stringContaining('ran out of memory') })
  })

  it('that can’t be started is explained', async () => {
    const end = await startWorker(forkProcess, '/nowhere/worker.mjs', [], () => {}).ended
    expect(end.ok).toBe(false)
  })

  it('is asked to stop, and ended when it doesn’t', async () => {
    const polite = start(`process.on('message', () => process.exit(0)); process.send('up')`, () => {})
    expect(await polite.stop({ type: 'cancel' }, 10)).toEqual({ ok: true })
    const deaf = start(`process.on('message', () => {}); setInterval(() => {}, 1000)`)
    expect(await deaf.stop({ type: 'cancel' }, 0.3)).toMatchObject({ ok: false })
  })

  it('is found beside the sources', () => {
    expect(workerFile('importer', new URL('../services/importing.ts', import.meta.url).href)).toMatch(
      /workers[/\\]importer\.ts$/,
    )
  })
})
