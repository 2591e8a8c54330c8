/** Edits of a whole label away from the window, so that it never freezes. */
import { runGrow } from '../../labelling/grow.ts'
import { runJob } from '../../labelling/jobs.ts'
import type { Question } from './background.ts'

let scan: ArrayLike<number> = []

addEventListener('message', ({ data: { id, ask } }: MessageEvent<{ id: number; ask: Question }>) => {
  if (ask.kind === 'scan') {
    scan = ask.samples
    return
  }
  const answer = ask.kind === 'edit' ? runJob(ask.job) : runGrow(scan, ask.job)
  postMessage({ id, answer }, { transfer: [answer.mask.buffer] })
})
