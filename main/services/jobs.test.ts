import { describe, expect, it } from 'vitest'
import { ApiError, type Job } from '../../shared/api/contract.ts'
import { makeEvents } from './events.ts'
import { JobCancelled, makeJobs } from './jobs.ts'

function setUp() {
  const events = makeEvents()
  const seen: Job[] = []
  events.on('job', (job) => seen.push(job))
  return { jobs: makeJobs(events), seen }
}

describe('jobs', () => {
  it('report progress, each new stage at once, and end with a sentence', async () => {
    const { jobs, seen } = setUp()
    const { id, finished } = jobs.start('import', 'Looking', async (job) => {
      job.progress('Reading', 1, 3)
      job.progress('Reading', 2, 3)
      job.progress('Reading', 3, 3)
      return 'All read.'
    })
    expect(await finished).toMatchObject({ id, state: 'done', message: 'All read.', done: 3 })
    // The middle one came within a tenth of a second of another: not worth a message.
    expect(seen.map((job) => [job.stage, job.done, job.state])).toEqual([
      ['Looking', 0, 'running'],
      ['Reading', 1, 'running'],
      ['Reading', 3, 'running'],
      ['Reading', 3, 'done'],
    ])
  })

  it('that fail say why; a refusal in its own words', async () => {
    const { jobs } = setUp()
    const refused = jobs.start('export', '', () => Promise.reject(new ApiError('refused', 'The disk is full.')))
    expect(await refused.finished).toMatchObject({ state: 'failed', message: 'The disk is full.' })
    const broken = jobs.start('export', '', () => Promise.reject(new Error('x is undefined')))
    expect((await broken.finished).message).toContain('fault in Handful')
  })

  it('are cancelled once, and closing waits for all', async () => {
    const { jobs } = setUp()
    let cancels = 0
    const work = () =>
      jobs.start('import', '', (job) => {
        return new Promise((_, reject) =>
          job.onCancel(() => {
            cancels++
            reject(new JobCancelled('Stopped.'))
          }),
        )
      })
    const first = work()
    jobs.cancel(first.id)
    jobs.cancel(first.id)
    expect(await first.finished).toMatchObject({ state: 'cancelled', message: 'Stopped.' })
    const second = work()
    await jobs.close()
    expect(jobs.get(second.id).state).toBe('cancelled')
    expect(cancels).toBe(2)
    expect(() => jobs.get('job-none')).toThrow('not known')
  })
})
