/** One suite for all transports: what goes in on one side comes out on the other, and nothing else does. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ApiError, events, requests } from '../../shared/api/contract.ts'
import type { Api, EventName, RequestInput, RequestName } from '../../shared/api/contract.ts'
import { sampleProgram, type SampleProgram } from './program.ts'
import { payloads, samples } from './samples.ts'
import { transports, type Connection } from './transports.ts'

const names = Object.keys(requests) as RequestName[]
const eventNames = Object.keys(events) as EventName[]

/** A request that the compiler would not let through. */
const ask = (api: Api, name: string, input?: unknown) =>
  api.request(name as 'app.info', input as undefined) as Promise<unknown>

const refusal = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(ApiError)
      return error as ApiError
    },
  )

const soon = () => new Promise((resolve) => setTimeout(resolve, 60))

describe.each(Object.keys(transports))('the contract over %s', (transport) => {
  let program: SampleProgram
  let connection: Connection
  let api: Api
  let log: string[]

  beforeEach(async () => {
    program = sampleProgram()
    log = []
    connection = await transports[transport](program, (detail) => log.push(detail))
    api = connection.api
  })
  afterEach(async () => {
    await connection.close()
    expect(program.listening()).toBe(0)
  })

  it.each(names)('%s: input and reply arrive as they were sent', async (name) => {
    const reply = await ask(api, name, samples[name].input)
    expect(reply).toStrictEqual(samples[name].reply)
    expect(program.asked).toStrictEqual([{ name, input: samples[name].input }])
  })

  it.each(names)('%s: malformed input never reaches the handler', async (name) => {
    for (const input of [42, [], { nonsense: true }, null]) {
      // Some requests have no required property; an object of foreign ones is then read as an empty one.
      if (requests[name].input.safeParse(input).success) continue
      const error = await refusal(ask(api, name, input))
      expect(error.kind).toBe('invalid')
      expect(error.message).toContain(name)
    }
    expect(program.asked).toEqual([])
  })

  it.each(names)('%s: a wrong reply is caught, and told to the log only', async (name) => {
    program.answer(name, () => ({ patient: 'Ada^Lovelace' }))
    const error = await refusal(ask(api, name, samples[name].input))
    expect(error.kind).toBe('internal')
    expect(error.message).not.toContain('Lovelace')
    expect(log).toHaveLength(1)
    expect(log[0]).toContain(name)
    expect(log[0]).not.toContain('Lovelace')
  })

  it('refuses names that are not in the contract', async () => {
    for (const name of ['app.quit', 'constructor', '__proto__', 'toString', '', '../session', 'app.info?x=1']) {
      expect((await refusal(ask(api, name))).kind, name).toMatch(/invalid|internal/)
    }
    expect(program.asked).toEqual([])
  })

  it.each(['invalid', 'refused', 'internal'] as const)(
    'an ApiError of kind %s arrives as it was thrown',
    async (kind) => {
      program.answer('project.open', () => {
        throw new ApiError(kind, 'Dieser Ordner hält kein Projekt: “Ø”.')
      })
      const error = await refusal(api.request('project.open', { folder: '/x' }))
      expect([error.kind, error.message]).toEqual([kind, 'Dieser Ordner hält kein Projekt: “Ø”.'])
      expect(log).toEqual([])
    },
  )

  it('an unknown exception becomes a sentence without paths or names; the log gets its stack', async () => {
    program.answer('cases.list', () => {
      throw new Error('ENOENT: /home/ada/Lovelace^Ada/scan.dcm')
    })
    const error = await refusal(api.request('cases.list', undefined))
    expect(error.kind).toBe('internal')
    expect(error.message).not.toMatch(/ENOENT|home|Lovelace/)
    expect(error.message).toMatch(/^[A-Z].*\.$/)
    expect(log.join()).toContain('ENOENT')
  })

  it('undefined, null and a left-out property stay apart', async () => {
    expect(await api.request('project.close', undefined)).toBeUndefined()
    expect(await api.request('project.current', undefined)).toBeNull()
    await api.request('folders.list', { path: null })
    expect(program.asked.at(-1)!.input).toStrictEqual({ path: null })
    expect((await refusal(ask(api, 'folders.list', {}))).kind).toBe('invalid')
    expect((await refusal(ask(api, 'folders.list', { path: undefined }))).kind).toBe('invalid')
    expect((await refusal(ask(api, 'project.close', null))).kind).toBe('invalid')
  })

  it('what JSON and structured clone treat differently is refused, or the same over all', async () => {
    for (const odd of [NaN, Infinity, 10n, new Date(), new Map(), new Uint8Array(3), () => 1, Symbol('x')]) {
      expect((await refusal(ask(api, 'jobs.get', { jobId: odd }))).kind).toBe('invalid')
      expect((await refusal(ask(api, 'folders.list', { path: null, odd }))).kind).toBe('invalid')
    }
    program.answer('runs.metrics', () => [{ step: 1, seconds: 0, values: { loss: NaN } }])
    expect((await refusal(api.request('runs.metrics', { runId: 'r' }))).kind).toBe('internal')
    program.answer('runs.metrics', () => [{ step: -0, seconds: 0, values: JSON.parse('{"__proto__": 1}') as object }])
    const [metric] = await api.request('runs.metrics', { runId: 'r' })
    expect(Object.is(metric.step, 0)).toBe(true)
  })

  it('properties that the contract does not name do not arrive', async () => {
    program.answer('models.list', () => samples['models.list'].reply.map((model) => ({ ...model, path: '/secret' })))
    expect(await api.request('models.list', undefined)).toStrictEqual(samples['models.list'].reply)
    await ask(api, 'jobs.get', { jobId: 'job-1', extra: 1 })
    expect(program.asked.at(-1)!.input).toStrictEqual({ jobId: 'job-1' })
  })

  it('a proxy, as Vue makes them, is sent as what it stands for', async () => {
    const input = new Proxy({ caseIds: new Proxy(['case-1'], {}), role: 'training' as const }, {})
    await api.request('cases.setRole', input)
    expect(program.asked.at(-1)!.input).toStrictEqual({ caseIds: ['case-1'], role: 'training' })
  })

  it('neither side can change what the other holds', async () => {
    const input: RequestInput<'cases.setRole'> = { caseIds: ['case-1'], role: 'training' }
    const held = { ...samples['project.open'].reply }
    program.answer('project.open', () => held)
    await api.request('cases.setRole', input)
    const reply = await api.request('project.open', { folder: '/x' })
    reply.name = 'changed'
    ;(program.asked[0].input as typeof input).caseIds.push('case-2')
    expect(held.name).toBe(samples['project.open'].reply.name)
    expect(input.caseIds).toEqual(['case-1'])
  })

  it('1000 requests at once each get their own reply', async () => {
    program.answer('folders.list', async (input) => {
      const { path } = input as { path: string }
      await new Promise((resolve) => setTimeout(resolve, Number(path) % 7))
      return { path, parent: null, folders: [], files: Number(path) }
    })
    const paths = Array.from({ length: 1000 }, (_, i) => String(i))
    const replies = await Promise.all(paths.map((path) => api.request('folders.list', { path })))
    expect(replies.map((reply) => reply.path)).toEqual(paths)
  })

  it('brings ten thousand cases', async () => {
    const [row] = samples['cases.list'].reply
    const rows = Array.from({ length: 10_000 }, (_, i) => ({ ...row, id: `case-${i}` }))
    program.answer('cases.list', () => rows)
    expect(await api.request('cases.list', undefined)).toStrictEqual(rows)
  })

  it.each(eventNames)('event %s arrives at every listener until it stops listening', async (name) => {
    const heard: unknown[][] = [[], []]
    const stops = heard.map((list) => api.on(name, (payload) => list.push(payload)))
    program.emit(name, payloads[name])
    await expect.poll(() => heard.map((list) => list.length)).toEqual([1, 1])
    expect(heard[0][0]).toStrictEqual(payloads[name])
    stops[0]()
    stops[0]()
    program.emit(name, payloads[name])
    await expect.poll(() => heard.map((list) => list.length)).toEqual([1, 2])
    stops[1]()
    program.emit(name, payloads[name])
    await soon()
    expect(heard.map((list) => list.length)).toEqual([1, 2])
  })

  it('events keep their order and reach no listener of another name', async () => {
    const heard: number[] = []
    api.on('run.metric', ({ metric }) => heard.push(metric.step))
    api.on('job', () => heard.push(-1))
    const steps = Array.from({ length: 500 }, (_, step) => step)
    for (const step of steps) program.emit('run.metric', { runId: 'r', metric: { step, seconds: 0, values: {} } })
    await expect.poll(() => heard).toEqual(steps)
  })

  it('an event that breaks the contract is not sent, but told to the log', async () => {
    const heard: unknown[] = []
    api.on('job', (payload) => heard.push(payload))
    program.emit('job', { id: 'job-1', patient: 'Ada^Lovelace' })
    program.emit('job', { ...payloads.job, done: NaN })
    program.emit('job', payloads.job)
    await expect.poll(() => heard).toEqual([payloads.job])
    expect(log).toHaveLength(2)
    expect(log.join()).not.toContain('Lovelace')
  })

  it('null as a payload arrives as null', async () => {
    const heard: unknown[] = []
    api.on('project.changed', (payload) => heard.push(payload))
    program.emit('project.changed', null)
    await expect.poll(() => heard).toEqual([null])
  })
})
