/** One training step of fine-tuning and of each pretext task, by our kernels, by ONNX Runtime's and by TensorFlow's. */
import { expect, it } from 'vitest'
import { compileTraining, openSession, type Program } from '../engine/index.ts'
import { Session } from '../engine/session.ts'
import { openTensorFlow } from '../engine/tensorflow/executor.ts'
import { plainTensorFlow } from '../engine/tensorflow/testing.ts'
import { finetuneRules } from './finetune.ts'
import { segmentationGraph } from './segmentation-network.ts'
import { SegmentationFeed } from './segmentation-feed.ts'
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
const small = { ...plan, features: features.map((f) => f / 8) }
const sources = phantoms.map(({ source }) => source)
const cases = await prepareCases(sources, small, memoryHost(phantoms, new Map(), 'x'), { labels: [0, 1, 2] })

type Feed = (session: Session, seed: number) => void
const tasks = pretextTasks.map((task) => {
  const { feed, ...exercise } = task.build(small, cases)
  return { name: task.name, ...exercise, feed: ((session, seed) => feed(session, cases, seed, 0)) as Feed }
})
const { graph, loss, levels } = segmentationGraph(small, 3)
const feed: Feed = (session, seed) =>
  new SegmentationFeed(small, cases, levels, seed, { begin: 0, steps: 1 }).feed(session, 0)
const steps = [...tasks, { name: 'fine-tuning', graph, loss, outputs: {}, feed }]

const plain = await plainTensorFlow()
type Open = (program: Program) => Promise<Session>
const ours: Open = (program) => openSession(program, { device: 'cpu' })
const onnx: Open = (program) => openSession(program, { device: 'onnx' })
const tensorFlow: Open = (program) => Session.on(openTensorFlow({ ...plain, ...program, name: 'plain' }), program)
/** In plain JavaScript TensorFlow is slow: the tasks that need what the others do not. */
const special = steps.filter(({ name }) => ['restoration', 'cpc', 'exemplar'].includes(name))
const trials = [
  ...steps.map((step) => ({ ...step, name: `${step.name} as by ONNX Runtime`, open: onnx })),
  ...special.map((step) => ({ ...step, name: `${step.name} as by TensorFlow`, open: tensorFlow })),
]

async function take(program: Program, open: Open, feed: Feed, seed: number) {
  const session = await open(program)
  session.initialise(seed)
  feed(session, seed)
  const result = { ...(await session.step({ rate: 1e-3 })), gradients: await session.gradients() }
  await session.close()
  return result
}

/** Length of a - b, or of a. */
const length = (a: Float32Array, b?: Float32Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b?.[i] ?? 0)) ** 2, 0))

it.each(trials)('$name', { timeout: 60_000 }, async ({ graph, loss, outputs, feed, open }) => {
  const program = compileTraining({ graph, loss, outputs, optimiser: finetuneRules.optimiser })
  let worst = Infinity
  // A value within rounding of leaky ReLU's kink may fall on either side of it, and turns the gradient a little. Three
  // seeds in a row do not do that; something wrong does.
  for (let seed = 1; seed <= 3 && worst > 1e-3; seed++) {
    const [mine, theirs] = [await take(program, ours, feed, seed), await take(program, open, feed, seed)]
    expect(Math.abs(mine.loss - theirs.loss)).toBeLessThan(1e-4 * theirs.loss)
    expect(Math.abs(mine.norm - theirs.norm)).toBeLessThan(1e-3 * theirs.norm)
    for (const [name, value] of Object.entries(theirs.outputs)) expect(mine.outputs[name], name).toBeCloseTo(value, 5)
    expect(mine.gradients.size).toBe(theirs.gradients.size)
    const off = [...theirs.gradients].map(([name, gradient]) => {
      // One that is next to nothing within the whole is all rounding.
      return length(gradient, mine.gradients.get(name)!) / Math.max(length(gradient), 1e-2 * theirs.norm)
    })
    worst = Math.max(...off)
  }
  expect(worst).toBeLessThan(1e-3)
})
