import { describe, expect, it } from 'vitest'
import { compileTraining, Graph, mean, openSession } from '../../engine/index.ts'
import { caseFor } from '../case-order.ts'
import { makePlan } from '../plan.ts'
import { prepareCases } from '../prepare.ts'
import { memoryHost, phantom } from '../testing.ts'
import { semiHard } from './exemplar.ts'
import { pretextTasks } from './index.ts'

const phantoms = Array.from({ length: 4 }, (_, i) => phantom(i, [32, 32, 32]))
const plan = makePlan({
  cases: phantoms.map(({ source }) => ({ id: source.id, shape: source.shape, spacing: source.spacing })),
  modality: 'MR',
  channels: 1,
  intensities: [{ low: 0, high: 1, mean: 0, deviation: 1 }],
})
const small = { ...plan, features: plan.features.map((f) => f / 2) }
const cases = await prepareCases(
  phantoms.map((p) => p.source),
  small,
  memoryHost(phantoms, new Map(), 'x'),
  { labels: false },
)

describe.each(pretextTasks.map((task) => [task.name, task] as const))('%s', (_, task) => {
  it(
    'learns: its loss falls on a batch seen again and again, from about that of guessing',
    { timeout: 60_000 },
    async () => {
      const exercise = task.build(small, cases)
      const program = compileTraining({
        graph: exercise.graph,
        loss: exercise.loss,
        outputs: exercise.outputs,
        optimiser: { kind: 'adamW', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0, clip: 12 },
        threads: 1,
      })
      const session = await openSession(program, { device: 'auto', threads: 1 })
      try {
        await session.initialise(1)
        exercise.feed(session, cases, 1, 0)
        const first = await session.step({ rate: 2e-3 })
        if (exercise.chance !== null && task.name !== 'exemplar') {
          expect(first.loss).toBeGreaterThan(0.6 * Math.log(1 / exercise.chance))
          expect(first.loss).toBeLessThan(2.5 * Math.log(1 / exercise.chance))
        }
        let last = first
        for (let i = 0; i < 25; i++) last = await session.step({ rate: 2e-3 })
        expect(last.loss).toBeLessThan(0.7 * first.loss)
        const figures = exercise.figures(last, 'pretext')
        expect(Object.keys(figures)).toContain('pretext loss')
        if (exercise.chance !== null) expect(figures['pretext accuracy']).toBeGreaterThan(2 * exercise.chance)
      } finally {
        await session.close()
      }
    },
  )

  it('tells only what it can know of a batch that a thread has made', () => {
    const exercise = task.build(small, cases)
    const names = (fed: boolean) =>
      Object.keys(exercise.figures({ loss: 1, outputs: { correct: 0.5, satisfied: 0.5 } }, 'pretext', fed))
    expect(names(true)).toEqual(expect.arrayContaining(names(false)))
    expect(names(false).some((name) => name.includes('relative'))).toBe(false)
    expect(names(true).some((name) => name.includes('relative'))).toBe(task.name === 'restoration')
  })

  it('gives the same batch for the same seed and step, another for another', { timeout: 60_000 }, () => {
    const record = (seed: number, step: number) => {
      const inputs: string[] = []
      const exercise = task.build(small, cases)
      const session = {
        setInput: (name: string, values: Float32Array) => inputs.push(name + Array.from(values).join()),
      }
      exercise.feed(session as never, cases, seed, step)
      return inputs.join('|')
    }
    expect(record(1, 3)).toBe(record(1, 3))
    expect(record(1, 3)).not.toBe(record(1, 4))
    expect(record(1, 3)).not.toBe(record(2, 3))
  })
})

it.each([2, 4])('exemplar: of %i scans, only crops of another one are negatives', (count) => {
  const pool = cases.slice(0, count)
  const exercise = pretextTasks.find(({ name }) => name === 'exemplar')!.build(small, cases)
  const inputs = new Map<string, Float32Array>()
  const setInput = (name: string, values: Float32Array) => void inputs.set(name, values.slice())
  exercise.feed({ setInput } as never, pool, 1, 0)
  const crops = Math.sqrt(inputs.get('margins')!.length)
  const drawn = Array.from({ length: crops }, (_, n) => caseFor(pool, 1, n))
  const other = (i: number) => drawn[Math.floor(i / crops)] !== drawn[i % crops]
  inputs.get('margins')!.forEach((margin, i) => expect(margin > 0, String(i)).toBe(other(i)))
  expect([...inputs.get('negative of pair')!].every(other)).toBe(true)
})

it('semi-hard negatives pull, those that are nearer than the positive do not', async () => {
  const graph = new Graph()
  const hinge = graph.parameter('hinge', [1, 4], { kind: 'constant', value: 0 })
  const optimiser = { kind: 'sgdNesterov' as const, momentum: 0, decay: 0, clip: 0 }
  const session = await openSession(compileTraining({ graph, loss: mean(semiHard(hinge, 1)), optimiser }), {
    threads: 1,
  })
  session.setParameters(new Map([['hinge', Float32Array.of(-0.5, 0.25, 0.75, 1.5)]]))
  const { loss } = await session.step({ rate: 0 })
  expect(loss).toBeCloseTo((0 + 0.25 + 0.75 + 1) / 4, 6)
  expect([...(await session.gradients()).get('hinge')!]).toEqual([0, 0.25, 0.25, 0])
  await session.close()
})
