/** A thread of the trainer that makes batches: told the numbers of steps, it sends what they see. An entry of its own. */
import { parentPort, workerData } from 'node:worker_threads'
import { makerOf, openOrder, type BatchOrder, type SharedCase } from '../../training/batches.ts'
import { BoxRoom, openShared } from '../../training/voxels.ts'
import { readerOf } from '../store.ts'
import type { BatchReply } from './batches.ts'

const room = new BoxRoom()
const make = makerOf(openOrder(workerData as BatchOrder<SharedCase>, (shared) => openShared(shared, readerOf, room)))

parentPort!.on('message', (step: number) => {
  // Copies: a feed fills the same arrays again for its next step.
  const inputs: [string, Float32Array<ArrayBuffer>][] = []
  make({ setInput: (name, values) => void inputs.push([name, new Float32Array(values)]) }, step)
  reply({ step, batch: new Map(inputs) })
})
reply({ step: -1, batch: new Map() })

function reply(message: BatchReply): void {
  parentPort!.postMessage(
    message,
    [...message.batch.values()].map(({ buffer }) => buffer as ArrayBuffer),
  )
}
