import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { FinetuneConfig, PretrainConfig } from '../../../shared/domain/trainer.ts'
import { makerOf, openOrder, type Ahead, type BatchOrder, type SharedCase } from '../../training/batches.ts'
import { finetune } from '../../training/finetune.ts'
import type { Host } from '../../training/host.ts'
import { pretrain } from '../../training/pretrain.ts'
import { memoryHost, phantom, phantomLabels as labels, type Files } from '../../training/testing.ts'
import { BoxRoom, openShared } from '../../training/voxels.ts'
import { readerOf, storeFile } from '../store.ts'
import { batchThreadsFor, startBatchThreads } from './batches.ts'

const folder = mkdtempSync(join(tmpdir(), 'handful-batches-'))
afterAll(() => rmSync(folder, { recursive: true }))

const phantoms = Array.from({ length: 6 }, (_, i) => phantom(i))
const common = { runId: 'r', seed: 3, device: 'cpu', threads: 1, checkpointSeconds: 1e9, labels, budget: { steps: 12 } }
const tuning: FinetuneConfig = {
  ...common,
  kind: 'finetune',
  fromFolder: null,
  likeFolder: null,
  watch: [],
  cases: phantoms.slice(0, 2).map(({ source }) => source),
  unlabelled: phantoms.slice(2, 4).map(({ source }) => ({ ...source, labelFile: null })),
  selfTraining: true,
}
const pretraining = (task: PretrainConfig['task'], recipe: PretrainConfig['recipe']): PretrainConfig => ({
  ...common,
  kind: 'pretrain',
  task,
  recipe,
  paper: { cube: 32, variant: 'code' },
  probe: [],
  cases: phantoms.map(({ source }) => source),
})

/** A training, and how many of its batches came from threads. */
async function train(work: (host: Host) => Promise<void>, wish: { threads: number; memory: number }) {
  const folders = new Map<string, Files>()
  const orders: BatchOrder<SharedCase>[] = []
  let ahead = 0
  let started: Promise<unknown> = Promise.resolve()
  let stored = 0
  const host: Host = {
    ...memoryHost(phantoms, folders, 'run'),
    memory: wish.memory,
    store: (parts) => storeFile(join(folder, `${stored++}.bin`), parts),
    makeAhead(order) {
      orders.push(order)
      const threads = startBatchThreads(order, wish.threads)
      started = threads.started
      const counted: Ahead = {
        ...threads,
        async take(step) {
          const batch = await threads.take(step)
          if (batch) ahead++
          return batch
        },
      }
      return counted
    },
    // Steps on phantoms take less than threads take to start.
    breathe: async () => void (await started),
  }
  await work(wish.threads > 0 ? host : { ...host, makeAhead: null })
  return { model: folders.get('run')!.get('model.bin')!, ahead, orders }
}

it('takes as many threads as pay: none on a single core, more beside a GPU', () => {
  expect([1, 2, 7, 16].map((cores) => batchThreadsFor('addon', cores))).toEqual([0, 1, 1, 2])
  expect([1, 2, 16].map((cores) => batchThreadsFor('webgpu-f16', cores))).toEqual([0, 1, 3])
})

describe('batches made ahead', { timeout: 120_000 }, () => {
  it.each([
    ['fine-tuning that labels scans for itself', (host: Host) => finetune(tuning, host)],
    ['rotation', (host: Host) => pretrain(pretraining('rotation', 'handful'), host)],
  ])('leave the weights of %s as they are without them: scans in memory, and in files', async (_, work) => {
    const alone = await train(work, { threads: 0, memory: 2 ** 30 })
    const inMemory = await train(work, { threads: 2, memory: 2 ** 30 })
    expect(inMemory.model).toEqual(alone.model)
    expect(inMemory.ahead).toBeGreaterThan(5)
    const inFiles = await train(work, { threads: 1, memory: 0 })
    expect(inFiles.orders[0].cases[0].voxels.kind).toBe('file')
    expect(inFiles.model).toEqual(alone.model)
    expect(inFiles.ahead).toBeGreaterThan(5)
  })

  it('leave the weights of CPC of the paper, with its dropout masks, as they are without them', async () => {
    const work = (host: Host) => pretrain({ ...pretraining('cpc', 'paper'), budget: { steps: 5 } }, host)
    const alone = await train(work, { threads: 0, memory: 2 ** 30 })
    const helped = await train(work, { threads: 1, memory: 2 ** 30 })
    expect(helped.model).toEqual(alone.model)
    expect(helped.ahead).toBe(3)
  })

  it('are those of the step that is asked for, whichever was before; a thread that fails makes none', async () => {
    const { orders } = await train((host) => finetune({ ...tuning, selfTraining: false }, host), { threads: 1, memory: 2 ** 30 }) // prettier-ignore
    const threads = startBatchThreads(orders[0], 2)
    const make = makerOf(openOrder(orders[0], (shared) => openShared(shared, readerOf, new BoxRoom())))
    const made = (step: number) => {
      const inputs = new Map<string, Float32Array>()
      make({ setInput: (name, values) => void inputs.set(name, values.slice()) }, step)
      return inputs
    }
    await threads.started
    const ahead: number[] = []
    for (const step of [0, 1, 2, 3, 0, 1, 2, 17, 18, 19]) {
      const batch = await threads.take(step)
      if (batch) expect(batch).toEqual(made(step))
      if (batch) ahead.push(step)
    }
    expect(ahead).toEqual([1, 2, 3, 1, 2, 18, 19])
    await threads.close()
    expect(await threads.take(40)).toBe(null)

    const broken = startBatchThreads({ ...orders[0], plan: null as never }, 1)
    await broken.started
    for (let step = 0; step < 5; step++) expect(await broken.take(step)).toBe(null)
    await broken.close()
  })
})
