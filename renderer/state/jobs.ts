/** Long work of the program, by id. */
import { shallowRef } from 'vue'
import type { Job } from '../../shared/api/contract.ts'
import { on, request } from '../api/index.ts'
import { attempt } from './notices.ts'

/** Jobs that someone on the page follows. Replaced, never changed in place. */
export const jobs = shallowRef<ReadonlyMap<string, Job>>(new Map())
const followed = new Set<string>()

function take(job: Job): void {
  const known = jobs.value.get(job.id)
  // A late progress event must not bring a finished job back to life.
  if (known && known.state !== 'running') return
  jobs.value = new Map(jobs.value).set(job.id, job)
}

export function listenToJobs(): void {
  on('job', (job) => {
    if (followed.has(job.id)) take(job)
  })
}

/** From now on `jobs` tells where this job stands. */
export function followJob(jobId: string): void {
  followed.add(jobId)
  void attempt(async () => take(await request('jobs.get', { jobId })))
}

/** After a lost connection: asks again about every job that was still running. */
export function refreshJobs(): void {
  for (const jobId of followed) if (jobs.value.get(jobId)?.state === 'running') followJob(jobId)
}

export const cancelJob = (jobId: string) => attempt(() => request('jobs.cancel', { jobId }))
