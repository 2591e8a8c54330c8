/** A thread of the importer: takes parts of what it is sent as long as there are any. An entry of its own. */
import { parentPort, workerData } from 'node:worker_threads'
import { hashAhead, type AheadOrder } from './ahead.ts'
import { doPart, type PartDone } from './parts.ts'
import type { ThreadOrder, ThreadReply } from './threads.ts'
import { warmUp } from './warm.ts'

let hasWork = false

parentPort!.on('message', (order: ThreadOrder | AheadOrder) => {
  hasWork = true
  if ('task' in order) void help(order)
  else hashAhead(order)
})
if ((workerData as { warm: boolean }).warm) await warmUp(4, () => !hasWork)
parentPort!.postMessage({ id: 0, done: [], error: undefined } satisfies ThreadReply)

async function help({ id, task, taken, finished, thread }: ThreadOrder): Promise<void> {
  const done: [number, PartDone][] = []
  let error: unknown
  // Before the first part is taken, so that nobody who sees 0 here misses a part.
  Atomics.store(taken, thread, 1)
  try {
    for (let part; (part = Atomics.add(taken, 0, 1)) < task.parts.length;) {
      const result = await doPart(task, part)
      done.push([part, result])
      if (result.ok && !result.wide) Atomics.store(finished, part, 1)
    }
  } catch (thrown) {
    error = thrown
  }
  parentPort!.postMessage({ id, done, error } satisfies ThreadReply)
}
