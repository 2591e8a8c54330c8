import { describe, expect, it } from 'vitest'
import { hashStream } from '../../../../shared/domain/random.ts'
import { exemplarPaper } from '../../../../shared/tasks/exemplar.ts'
import { compileInference, compileTraining, openSession, type Session, type Tensors } from '../../../engine/index.ts'
import type { PaperMode } from '../../paper/network.ts'
import { makePaperPlan } from '../../paper/plan.ts'
import { prepareCases } from '../../prepare.ts'
import { memoryHost, phantom } from '../../testing.ts'
import { inMemory } from '../../voxels.ts'
import { pretextTasks } from '../index.ts'
import { estimatedStatistics } from '../statistics.ts'
import { scanOf } from './paper.ts'

const phantoms = Array.from({ length: 4 }, (_, i) => phantom(i, [32, 32, 32]))
const host = memoryHost(phantoms, new Map(), 'x')
const sources = phantoms.map((p) => p.source)
const fingerprint = {
  cases: sources.map(({ id, shape, spacing }) => ({ id, shape, spacing })),
  modality: 'MR',
  channels: 1,
  intensities: [{ low: 0, high: 1, mean: 0, deviation: 1 }],
}
const plan = makePaperPlan(fingerprint, { cube: 32, variant: 'code' }, host)
const cases = await prepareCases(sources, plan, host, { labels: false })

const tasks = pretextTasks.flatMap(({ name, paper }) => (paper ? [{ name, paper }] : []))
const variants = tasks.flatMap(({ name, paper }) =>
  name === 'cpc' || name === 'exemplar'
    ? [{ name: `${name}, as in the text`, paper, variant: 'text' as const }, { name, paper, variant: 'code' as const }] // prettier-ignore
    : [{ name, paper, variant: 'code' as const }],
)

it('has the five tasks of the paper', () => {
  expect(tasks.map(({ name }) => name).sort()).toEqual(['cpc', 'exemplar', 'jigsaw', 'relative-location', 'rotation'])
})

it('exemplar: the positive is the scan itself, the negative another one', () => {
  const voxels = plan.patch[0] * plan.patch[1] * plan.patch[2]
  const flat = cases.map((one, i) => ({
    ...one,
    voxels: inMemory(one.shape, new Float32Array(voxels).fill(i + 1), null),
  }))
  const { paper } = tasks.find(({ name }) => name === 'exemplar')!
  const exercise = paper.build(plan, { mode: 'training', variant: 'text' })
  for (let step = 0; step < 4; step++) {
    const inputs = new Map<string, Float32Array>()
    const setInput = (name: string, values: Float32Array) => void inputs.set(name, values.slice())
    exercise.feed({ setInput } as unknown as Session, flat, 1, step)
    const { batch } = exemplarPaper
    const scanIn = (role: number, n: number) => inputs.get('image')![(role * batch + n) * voxels]
    for (let n = 0; n < batch; n++) {
      expect(scanIn(1, n)).toBe(flat.indexOf(scanOf(flat, 1, step, batch, n)) + 1)
      expect(scanIn(2, n)).toBeGreaterThan(0)
      expect(scanIn(2, n)).not.toBe(scanIn(1, n))
    }
  }
})

describe.each(variants)('$name', ({ paper, variant }) => {
  it('learns: its loss falls on a batch seen again and again', { timeout: 120_000 }, async () => {
    const exercise = paper.build(plan, { mode: 'training', variant })
    const { graph, loss, outputs } = exercise
    const optimiser = { kind: 'adamW' as const, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: 0, clip: 0 }
    const session = await openSession(compileTraining({ graph, loss, outputs, optimiser }), { threads: 2 })
    session.initialise(1)
    exercise.feed(session, cases, 1, 0)
    const losses: number[] = []
    for (let i = 0; i < 10; i++) losses.push((await session.step({ rate: 1e-3 })).loss)
    await session.close()
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0])
  })

  it('gives the same batch and dropout for the same seed and step, another for another', () => {
    const record = (mode: PaperMode, seed: number, step: number) => {
      const inputs = new Map<string, string>()
      const setInput = (name: string, values: Float32Array) => inputs.set(name, values.join())
      paper.build(plan, { mode, variant }).feed({ setInput } as unknown as Session, cases, seed, step)
      return inputs
    }
    const first = record('training', 1, 3)
    expect(record('training', 1, 3)).toEqual(first)
    const other = record('training', 1, 4)
    expect(other).not.toEqual(first)
    expect(other.get('dropout 0')).not.toBe(first.get('dropout 0'))
    expect(new Set(first.get('dropout 0')!.split(','))).toEqual(new Set(['0', '2']))
    // The same samples without the masks, once training is over.
    const after = record('inference', 1, 3)
    expect([...after.keys()].some((name) => name.startsWith('dropout'))).toBe(false)
    for (const [name, values] of after) expect(values).toBe(first.get(name))
  })
})

it('after training the network computes what it would by the batch, on the batch that its statistics are from', async () => {
  const { paper } = tasks.find(({ name }) => name === 'rotation')!
  const build = (mode: PaperMode) => paper.build(plan, { mode, variant: 'code' })
  const { graph, loss } = build('training')
  const optimiser = { kind: 'adamW' as const, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: 0, clip: 0 }
  const training = await openSession(compileTraining({ graph, loss, optimiser }), { threads: 2 })
  training.initialise(1)
  const pool = cases.slice(0, 1) // one scan: one batch
  build('training').feed(training, pool, 1, 0)
  await training.step({ rate: 1e-3 })
  const seed = 7
  const weights = await estimatedStatistics(build('statistics'), training, pool, { seed, device: 'auto', threads: 2 })
  expect(weights.batches).toBe(1)

  const lossOf = async (mode: PaperMode, parameters: Tensors) => {
    const exercise = build(mode)
    const outputs = { loss: exercise.loss }
    const session = await openSession(compileInference({ graph: exercise.graph, outputs }), { threads: 2 })
    session.setParameters(parameters)
    exercise.feed(session, pool, hashStream(seed, ['statistics']), 0)
    const result = await session.evaluate()
    await session.close()
    return result.outputs.loss
  }
  const untouched = await training.parameters()
  const estimated = await weights.now()
  expect(await training.parameters()).toEqual(untouched)
  expect(await weights.now()).toEqual(estimated)
  const byBatch = await lossOf('statistics', untouched)
  expect(await lossOf('inference', estimated)).toBeCloseTo(byBatch, 3)
  expect(Math.abs((await lossOf('inference', untouched)) - byBatch)).toBeGreaterThan(0.01)
  await weights.close()
  await training.close()
})
