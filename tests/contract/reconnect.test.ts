/** What the HTTP transport does when its connection breaks, the program goes away, or comes back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startServer, type RunningServer } from '../../main/server/index.ts'
import { ApiError } from '../../shared/api/contract.ts'
import { connectHttp } from '../../shared/api/http.ts'
import { sampleProgram, type SampleProgram } from './program.ts'
import { payloads, samples } from './samples.ts'
import { fakeBrowser, noFiles } from './transports.ts'

const backoff = { first: 10, most: 40 }
const metric = (step: number) => ({ runId: 'r', metric: { step, seconds: 0, values: {} } })

describe('the HTTP transport', () => {
  let program: SampleProgram
  let server: RunningServer
  let browser: ReturnType<typeof fakeBrowser>
  let api: Awaited<ReturnType<typeof connectHttp>>

  const serve = (port = 0) =>
    startServer({ services: { ...program, files: noFiles, upload: noFiles }, page: '.', port })

  beforeEach(async () => {
    program = sampleProgram()
    server = await serve()
    browser = fakeBrowser(server.origin)
    api = await connectHttp({ origin: server.origin, token: server.token, backoff, ...browser })
  })
  afterEach(async () => {
    api.close()
    await server.close()
  })

  it('gets every event that was sent while the connection was broken, once and in order', async () => {
    const heard: number[] = []
    api.on('run.metric', ({ metric }) => heard.push(metric.step))
    program.emit('run.metric', metric(0))
    await expect.poll(() => heard).toEqual([0])
    for (let round = 0; round < 3; round++) {
      browser.breakSockets()
      program.emit('run.metric', metric(heard.length))
      program.emit('run.metric', metric(heard.length + 1))
      const all = Array.from({ length: 3 + 2 * round }, (_, i) => i)
      await expect.poll(() => heard).toEqual(all)
    }
  })

  it('asks where things stand when more was missed than the program keeps', async () => {
    program.answer('training.current', () => samples['training.start'].reply)
    program.answer('project.current', () => samples['project.open'].reply)
    const heard: unknown[] = []
    api.on('training.changed', (training) => heard.push(training))
    api.on('project.changed', (project) => heard.push(project))
    api.on('cases.changed', () => heard.push('cases'))
    browser.breakSockets()
    for (let step = 0; step < 5000; step++) program.emit('run.metric', metric(step))
    await expect.poll(() => heard).toEqual([samples['project.open'].reply, 'cases', samples['training.start'].reply])
  })

  it('refuses in words while the program is gone', async () => {
    await server.close()
    const error = await api.request('app.info', undefined).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ApiError)
    expect((error as ApiError).kind).toBe('refused')
    expect((error as ApiError).message).toMatch(/not answering/)
  })

  it('works again with a program started anew, once the browser has its new key', async () => {
    const heard: unknown[] = []
    api.on('job', (job) => heard.push(job))
    await server.close()
    server = await serve(server.port)
    const message = () => api.request('app.info', undefined).catch((error: ApiError) => error.message)
    await expect.poll(message).toMatch(/started anew/)
    // Another window of the same browser opens the new address: the cookie is shared.
    const other = await connectHttp({ origin: server.origin, token: server.token, backoff, ...browser })
    expect(await api.request('app.info', undefined)).toEqual(samples['app.info'].reply)
    await expect
      .poll(() => {
        program.emit('job', payloads.job)
        return heard.length
      })
      .toBeGreaterThan(0)
    other.close()
  })

  it('does not come back after close', async () => {
    api.close()
    const heard: unknown[] = []
    api.on('job', (job) => heard.push(job))
    await new Promise((resolve) => setTimeout(resolve, 100))
    program.emit('job', payloads.job)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(heard).toEqual([])
  })

  it('two browsers at once hear the same events', async () => {
    const second = await connectHttp({ origin: server.origin, token: server.token, ...fakeBrowser(server.origin) })
    const heard: string[] = []
    api.on('job', () => heard.push('first'))
    second.on('job', () => heard.push('second'))
    program.emit('job', payloads.job)
    await expect.poll(() => heard.toSorted()).toEqual(['first', 'second'])
    second.close()
  })

  it('refuses in words without the key, or with a wrong one', async () => {
    for (const token of ['wrong', undefined]) {
      const attempt = connectHttp({ origin: server.origin, token, ...fakeBrowser(server.origin) })
      await expect(attempt).rejects.toThrow(/lacks the key/)
    }
  })
})
