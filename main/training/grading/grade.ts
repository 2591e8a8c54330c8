/**
 * Learning to grade images (such as retinal photographs by the severity of a disease) from a pretrained or random start, and
 * grading others. As in the released code of Taleb et al.: images are flipped and zoomed, 32 a step; `paper`: Adam 5e-5, the
 * encoder frozen for the first 3 of 20 epochs (configs/finetune/rotation_2d.json).
 */
import { z } from 'zod'
import {
  compileInference,
  compileTraining,
  decodeTensors,
  encodeTensors,
  explainDevice,
  openSession,
  type Session,
} from '../../engine/index.ts'
import { Plan } from '../../../shared/domain/plan.ts'
import { hashStream } from '../../../shared/domain/random.ts'
import type { GivenGrades, GradeConfig, PredictGradesConfig, TrainerCase } from '../../../shared/domain/trainer.ts'
import { openBatches } from '../batches.ts'
import { Cancelled, json, TrainingError, type Host } from '../host.ts'
import { stepsWithin, trainLoop, warmupThenPoly } from '../loop.ts'
import { paperOptimiser } from '../paper/segmentation.ts'
import { cutPatch, patchCentre } from '../patch.ts'
import { planRun } from '../plan-run.ts'
import { closeCases, prepareCase, prepareCases, type PreparedCase } from '../prepare.ts'
import { pretrainRules } from '../pretrain.ts'
import { describeTransfer, transferFrom } from '../transfer.ts'
import { imageValues } from './feed.ts'
import { gradingBatch, gradingGraph } from './network.ts'

/** The knobs, in one place. */
export const gradingRules = {
  handful: { rate: 1e-3, warmupShare: 0.05 },
  paper: { rate: 5e-5, frozenShare: 3 / 20 },
}

export const gradesFile = 'grades.json'

/** What model.bin of a grading says of itself. */
const GradingMeta = z.object({ kind: z.literal('grading'), plan: Plan, grades: z.number().int(), steps: z.number() })

/** Trains until the budget is spent, then grades `others`; leaves model.bin, report.json, grades.json. Resumes by itself. */
export async function grade(config: GradeConfig, host: Host): Promise<void> {
  if (config.cases.length === 0) throw new TrainingError('There is no graded image to learn from.')
  const began = host.seconds()
  const setup = await planRun(config, host, config.fromFolder ?? config.likeFolder)
  const { plan, threads } = setup
  const cases = await prepareCases(config.cases, plan, host, { labels: false })
  const gradeOf = new Map(config.cases.map(({ id, grade }) => [id, grade]))
  const paper = plan.recipe === 'paper'
  const { graph, loss } = gradingGraph(plan, config.grades, true)
  const optimiser = paper ? paperOptimiser : pretrainRules.optimiser
  const session = await openSession(compileTraining({ graph, loss, optimiser, threads }), {
    device: config.device as never,
    threads,
  })
  const { seed, grades } = config
  const batches = openBatches({ kind: 'grade', plan, cases, grades, gradeOf, seed }, host, session.device)
  try {
    host.tell({ type: 'device', name: session.device.name })
    await host.run.write('device.json', json(await explainDevice(config.device, session.device)))
    const from = config.fromFolder === null ? null : host.folder(config.fromFolder)
    const begin = async () => {
      await session.initialise(hashStream(config.seed, ['weights']))
      return from && transferFrom(from, session, plan.channels)
    }
    const feed = (step: number) => batches.give(session, step)
    const steps = await setup.steps(async () => {
      await begin()
      return stepsWithin(host, { minutes: config.budget.minutes ?? 1, began }, async (step) => {
        await feed(step)
        await session.step({ rate: 1e-5 })
      })
    })
    const transfer = await begin()
    if (transfer) host.tell({ type: 'notice', text: describeTransfer(transfer) })
    const { rate, warmupShare } = gradingRules.handful
    const frozen = from ? Math.floor(gradingRules.paper.frozenShare * steps) : 0
    const { seconds } = await trainLoop({
      host,
      session,
      stage: 'Fine-tuning',
      steps,
      checkpointSeconds: config.checkpointSeconds,
      feed,
      schedule: (step) =>
        paper
          ? { rate: gradingRules.paper.rate, groups: { encoder: step < frozen ? 0 : 1 } }
          : { rate: rate * warmupThenPoly(step, steps, Math.ceil(warmupShare * steps)) },
      figures: (r) => ({ 'grading loss': r.loss }),
      identity: { kind: 'grade', seed: config.seed, steps, threads },
    })
    const weights = await session.parameters()
    await host.run.write('model.bin', encodeTensors(weights, { kind: 'grading', plan, grades: config.grades, steps }))
    await host.run.write(
      'report.json',
      json({ kind: 'grade', pretrained: from !== null, steps, seconds, device: session.device, transfer }),
    )
    await gradeImages({ ...config, plan, weights, threads }, host)
  } finally {
    await batches.close()
    closeCases(cases)
    await session.close()
  }
}

/** Grades images by a finished model; leaves grades.json. */
export async function predictGrades(config: PredictGradesConfig, host: Host): Promise<void> {
  const bytes = await host.folder(config.modelFolder).read('model.bin')
  if (bytes === null) throw new TrainingError('There is no finished model in that folder. Resume its training first.')
  const { tensors: weights, meta } = decodeTensors(bytes)
  const parsed = GradingMeta.safeParse(meta)
  if (!parsed.success) throw new TrainingError('The model in that folder does not grade images.')
  const { plan, grades } = parsed.data
  const { cases: others, device } = config
  await gradeImages({ others, device, plan, grades, weights, threads: config.threads ?? host.cores }, host)
}

interface Grading {
  plan: Plan
  grades: number
  weights: Map<string, Float32Array>
  others: readonly TrainerCase[]
  device: string
  threads: number
}

async function gradeImages({ plan, grades, weights, others, device, threads }: Grading, host: Host): Promise<void> {
  const { graph, reached } = gradingGraph(plan, grades, false)
  const program = compileInference({ graph, outputs: { reached }, threads })
  const session = await openSession(program, { device: device as never, threads })
  const given: GivenGrades = []
  try {
    host.tell({ type: 'device', name: session.device.name })
    const { missing, mismatched } = await session.setParameters(weights)
    if (missing.length + mismatched.length > 0) throw new TrainingError('The weights of this model are damaged.')
    const batch = gradingBatch(plan)
    for (let first = 0; first < others.length; first += batch) {
      if (host.cancelled()) throw new Cancelled()
      const part = others.slice(first, first + batch)
      const prepared: PreparedCase[] = []
      for (const source of part) prepared.push(await prepareCase(source, plan, host, { labels: false }))
      await gradeBatch(session, plan, prepared, grades - 1, given)
      const done = first + part.length
      host.tell({ type: 'progress', stage: 'Grading', done, total: others.length, etaSeconds: null })
      await host.breathe()
    }
  } finally {
    await session.close()
  }
  await host.run.write(gradesFile, json(given))
}

async function gradeBatch(
  session: Session,
  plan: Plan,
  cases: readonly PreparedCase[],
  thresholds: number,
  given: GivenGrades,
): Promise<void> {
  const size = imageValues(plan)
  const images = new Float32Array(gradingBatch(plan) * size)
  cases.forEach((from, n) => {
    const image = images.subarray(n * size, (n + 1) * size)
    cutPatch(from, patchCentre(from.shape, plan.patch, [0.5, 0.5, 0]), { patch: plan.patch, image, label: null })
  })
  session.setInput('image', images)
  await session.evaluate()
  const logits = await session.output('reached')
  cases.forEach(({ id }, n) => {
    const reached = Array.from(logits.subarray(n * thresholds, (n + 1) * thresholds), (x) => 1 / (1 + Math.exp(-x)))
    given.push({ id, grade: reached.filter((p) => p > 0.5).length, reached: reached.map((p) => Number(p.toFixed(4))) })
  })
}
