/** Edits of a whole label away from the window, so that it never freezes. */
import { runJob, type LabelJob } from '../../labelling/jobs.ts'

addEventListener('message', ({ data }: MessageEvent<LabelJob>) => {
  const mask = runJob(data)
  postMessage(mask, { transfer: [mask.buffer] })
})
