import { describe, expect, it } from 'vitest'
import { compileTraining, openSession, type Session } from '../../../engine/index.ts'
import { makePaperPlan } from '../../paper/plan.ts'
import { prepareCases } from '../../prepare.ts'
import { memoryHost, phantom } from '../../testing.ts'
import { pretextTasks } from '../index.ts'

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

describe.each(variants)('$name', ({ paper, variant }) => {
  it('learns: its loss falls on a batch seen again and again', { timeout: 120_000 }, async () => {
    const exercise = paper.build(plan, { training: true, variant })
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
    const record = (training: boolean, seed: number, step: number) => {
      const inputs = new Map<string, string>()
      const setInput = (name: string, values: Float32Array) => inputs.set(name, values.join())
      paper.build(plan, { training, variant }).feed({ setInput } as unknown as Session, cases, seed, step)
      return inputs
    }
    const first = record(true, 1, 3)
    expect(record(true, 1, 3)).toEqual(first)
    const other = record(true, 1, 4)
    expect(other).not.toEqual(first)
    expect(other.get('dropout 0')).not.toBe(first.get('dropout 0'))
    expect(new Set(first.get('dropout 0')!.split(','))).toEqual(new Set(['0', '2']))
    // The same samples without the masks, once training is over.
    const after = record(false, 1, 3)
    expect([...after.keys()].some((name) => name.startsWith('dropout'))).toBe(false)
    for (const [name, values] of after) expect(values).toBe(first.get(name))
  })
})
