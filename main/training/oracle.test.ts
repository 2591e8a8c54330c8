/** One training step of fine-tuning and of each pretext task, by our kernels and by ONNX Runtime's. */
import { expect, it } from 'vitest'
import { compileTraining, openSession, type DeviceId, type Program, type Session } from '../engine/index.ts'
import { finetuneRules, SegmentationFeed, segmentationGraph } from './finetune.ts'
import { makePlan } from './plan.ts'
import { prepareCases } from './prepare.ts'
import { pretextTasks } from './pretext/index.ts'
import { memoryHost, phantom } from './testing.ts'

const phantoms = Array.from({ length: 4 }, (_, i) => phantom(i, [16, 20, 24]))
const fingerprint = {
  cases: phantoms.map(({ source }) => ({ id: source.id, shape: source.shape, spacing: source.spacing })),
  modality: 'MR',
  channels: 1,
  intensities: [{ low: 0, high: 1, mean: 0, deviation: 1 }],
}
const { features, ...plan } = makePlan(fingerprint)
const small = { ...plan, features: features.map((f) => f / 4) }
const sources = phantoms.map(({ source }) => source)
const cases = await prepareCases(sources, small, memoryHost(phantoms, new Map(), 'x'), { labels: true })

type Feed = (session: Session, seed: number) => void
const tasks = pretextTasks.map((task) => {
  const { feed, ...exercise } = task.build(small, cases)
  return { name: task.name, ...exercise, feed: ((session, seed) => feed(session, cases, seed, 0)) as Feed }
})
const { graph, loss, levels } = segmentationGraph(small, 3)
const feed: Feed = (session, seed) => new SegmentationFeed(small, cases, levels, seed).feed(session, 0)
const steps = [...tasks, { name: 'fine-tuning', graph, loss, outputs: {}, feed }]

async function take(program: Program, device: DeviceId, feed: Feed, seed: number) {
  const session = await openSession(program, { device })
  session.initialise(seed)
  feed(session, seed)
  const result = { ...(await session.step({ rate: 1e-3 })), gradients: await session.gradients() }
  await session.close()
  return result
}

/** Length of a - b, or of a. */
const length = (a: Float32Array, b?: Float32Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b?.[i] ?? 0)) ** 2, 0))

it.each(steps)('$name', { timeout: 60_000 }, async ({ graph, loss, outputs, feed }) => {
  const program = compileTraining({ graph, loss, outputs, optimiser: finetuneRules.optimiser })
  let worst = Infinity
  // A value within rounding of leaky ReLU's kink may fall on either side of it, and turns the gradient a little. Three
  // seeds in a row do not do that; something wrong does.
  for (let seed = 1; seed <= 3 && worst > 1e-3; seed++) {
    const [ours, theirs] = [await take(program, 'cpu', feed, seed), await take(program, 'onnx', feed, seed)]
    expect(Math.abs(ours.loss - theirs.loss)).toBeLessThan(1e-4 * theirs.loss)
    expect(Math.abs(ours.norm - theirs.norm)).toBeLessThan(1e-3 * theirs.norm)
    for (const [name, value] of Object.entries(theirs.outputs)) expect(ours.outputs[name], name).toBeCloseTo(value, 5)
    expect(ours.gradients.size).toBe(theirs.gradients.size)
    const off = [...theirs.gradients].map(([name, gradient]) => {
      // One that is next to nothing within the whole is all rounding.
      return length(gradient, ours.gradients.get(name)!) / Math.max(length(gradient), 1e-2 * theirs.norm)
    })
    worst = Math.max(...off)
  }
  expect(worst).toBeLessThan(1e-3)
})
