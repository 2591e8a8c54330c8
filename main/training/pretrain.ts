/** Self-supervised pretraining on all scans, labelled or not: one loop for all tasks, each task in its own file. */
import { compileTraining, encodeTensors, explainDevice, openSession, type Session } from '../engine/index.ts'
import type { Plan } from '../../shared/domain/plan.ts'
import { hashStream, random } from '../../shared/domain/random.ts'
import { PaperOptions, type PretrainConfig } from '../../shared/domain/trainer.ts'
import { exerciseOf, openBatches } from './batches.ts'
import { json, TrainingError, type Host } from './host.ts'
import { stepsWithin, trainLoop, warmupThenPoly } from './loop.ts'
import { paperOptimiser } from './paper/segmentation.ts'
import { planRun } from './plan-run.ts'
import { closeCases, prepareCases, type PreparedCase } from './prepare.ts'
import { checkByOther, checkBySame, type Check } from './pretext/check.ts'
import { pretextTasks, type PretextTask } from './pretext/index.ts'
import { estimatedStatistics, weightsAsTheyAre, type Weights } from './pretext/statistics.ts'

/** The knobs, in one place. */
export const pretrainRules = {
  optimiser: { kind: 'adamW' as const, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 1e-2, clip: 12 },
  rate: 2e-3,
  warmupShare: 0.05,
  /** Share of a pool of at least ten scans that is kept for the pretext validation. */
  validationShare: 0.1,
  /** How many times at most the pretext validation is done in a run, and over how many batches at the end. */
  validations: 20,
  finalBatches: 20,
  /** Over how many batches each time before, at least so many steps apart: with estimated statistics a look is dear. */
  looks: { handful: { batches: 2, stepsBetween: 1 }, paper: { batches: 20, stepsBetween: 200 } },
  /** At this accuracy on scans that are not learnt from there is nothing more to learn, and the pretraining ends (recipe `handful`). */
  saturated: 0.98,
}

/** Pretrains until the budget is spent; leaves plan.json, metrics.jsonl, checkpoint.bin, model.bin. Resumes by itself. */
export async function pretrain(config: PretrainConfig, host: Host): Promise<void> {
  if (config.cases.length === 0) throw new TrainingError('Pretraining needs at least one scan.')
  const began = host.seconds()
  const task = findTask(config)
  const setup = await planRun(config, host, null)
  const { plan, threads } = setup
  const cases = await prepareCases(config.cases, plan, host, { labels: false, shown: true })
  const pool = splitPool(cases, config.seed)
  if (pool.validation.length === 0) host.tell({ type: 'notice', text: noneApart })
  const { exercise, variant, optimiser, rate, openWeights, openCheck } = prepareRecipe(config, task, plan, cases)
  const { graph, loss, outputs } = exercise
  const program = compileTraining({ graph, loss, outputs, optimiser, threads })
  const session = await openSession(program, { device: config.device as never, threads })
  const order = {
    kind: 'pretrain' as const,
    plan,
    cases,
    task: task.name,
    paper: variant,
    seed: config.seed,
    pool: pool.training.map((one) => cases.indexOf(one)),
  }
  const batches = openBatches(order, host, session.device, (inputs, step) =>
    exercise.feed(inputs, pool.training, config.seed, step),
  )
  let check: Check | null = null
  let weights: Weights | null = null
  try {
    weights = await openWeights(session, pool.training, threads)
    host.tell({ type: 'device', name: session.device.name })
    await host.run.write('device.json', json(await explainDevice(config.device, session.device)))
    const begin = async () => session.initialise(hashStream(config.seed, ['weights']))
    const { recipe } = config
    const { validations, finalBatches } = pretrainRules
    const { batches: ofLook, stepsBetween } = pretrainRules.looks[recipe]
    const every = (steps: number) => Math.max(stepsBetween, Math.floor(steps / validations))
    // A batch that is not learnt from is a forward pass only: about a third of a step. The model at the end is an estimate, too.
    const estimate = weights.batches / 3
    const checks = pool.validation.length > 0 ? 1 : 0
    const looks = (steps: number) =>
      Math.floor(steps / every(steps)) * (ofLook / 3 + estimate) + finalBatches / 3 + estimate
    const besides = (steps: number) => estimate + checks * looks(steps)
    const steps = await setup.steps(async () => {
      await begin()
      return stepsWithin(host, { minutes: config.budget.minutes ?? 1, began, besides }, async (step) => {
        await batches.give(session, step)
        await session.step({ rate: 1e-4 })
      })
    })
    await begin()
    // At once, so that the curve can be held against guessing from its first point on; the figures follow at the end.
    const known = { kind: 'pretrain', task: task.name, recipe, chance: exercise.chance }
    await host.run.write('report.json', json(known))
    if (pool.validation.length > 0) check = await openCheck(session, pool.validation, threads, weights)
    const between = every(steps)
    const ended = await trainLoop({
      host,
      session,
      stage: 'Pretraining',
      steps,
      checkpointSeconds: config.checkpointSeconds,
      feed: (step) => batches.give(session, step),
      schedule: (step) => ({ rate: rate(step, steps) }),
      figures: (r) => exercise.figures(r, 'pretext'),
      inspect: async (step) => (check && (step + 1) % between === 0 ? check.figures(ofLook) : null),
      enough: async (values) => {
        // The quick look may be lucky; the thorough one decides.
        // As published, a pretraining has its length whatever it reaches: exemplar has all right after a few steps.
        if (!check || recipe === 'paper' || accuracyOf(values) < pretrainRules.saturated) return false
        return accuracyOf(await check.figures(finalBatches)) >= pretrainRules.saturated
      },
      identity: { task: task.name, seed: config.seed, steps, threads },
    })
    if (ended.steps < steps) {
      const text = `Pretraining ended after ${ended.steps} of ${steps} steps: on scans that it does not learn from, the network gives the right answer more than 98 % of the time, so it has nothing more to learn from this task.`
      host.tell({ type: 'notice', text })
    }
    const meta = { kind: 'pretext', task: task.name, recipe, plan, steps: ended.steps }
    await host.run.write('model.bin', encodeTensors(await weights.now(), meta))
    const validation = check && (await check.figures(finalBatches))
    await host.run.write(
      'report.json',
      json({ ...known, validation, ...ended, planned: steps, device: session.device }),
    )
  } finally {
    await batches.close()
    await check?.close()
    await weights?.close()
    closeCases(cases)
    await session.close()
  }
}

/** Share of right answers on scans that are not learnt from; 0 where the task has none, or they were not looked at. */
const accuracyOf = (values: Record<string, number>): number => values['pretext validation accuracy'] ?? 0

/** What the two recipes differ in. */
function prepareRecipe(config: PretrainConfig, task: PretextTask, plan: Plan, cases: PreparedCase[]) {
  const { seed, device, recipe } = config
  if (recipe === 'paper') {
    const { variant } = PaperOptions.parse(config.paper ?? {})
    const { rate, build } = task.paper!
    return {
      exercise: exerciseOf(task.name, variant, plan, cases),
      variant,
      optimiser: paperOptimiser, // the rate is the task's own, the same all along
      rate: () => rate(plan),
      openWeights: (session: Session, pool: PreparedCase[], threads: number) =>
        estimatedStatistics(build(plan, { mode: 'statistics', variant }), session, pool, { seed, device, threads }),
      openCheck: (_: Session, pool: PreparedCase[], threads: number, weights: Weights) =>
        checkByOther(build(plan, { mode: 'inference', variant }), weights, pool, { seed, device, threads }),
    }
  }
  const { optimiser, warmupShare } = pretrainRules
  const highest = task.rate ?? pretrainRules.rate
  const exercise = exerciseOf(task.name, null, plan, cases)
  return {
    exercise,
    variant: null,
    optimiser,
    rate: (step: number, steps: number) => highest * warmupThenPoly(step, steps, Math.ceil(warmupShare * steps)),
    openWeights: async (session: Session) => weightsAsTheyAre(session),
    openCheck: async (session: Session, pool: PreparedCase[]) => checkBySame(exercise, session, pool, seed),
  }
}

function findTask({ task: name, recipe }: PretrainConfig): PretextTask {
  const possible = pretextTasks.filter((task) => recipe === 'handful' || task.paper !== null)
  const task = possible.find((t) => t.name === name)
  if (!task) {
    const have = possible.map((t) => t.name).join(', ')
    const where = recipe === 'paper' ? 'in the paper' : 'here'
    throw new TrainingError(`There is no pretext task "${name}" ${where}. Choose one of: ${have}.`)
  }
  return task
}

const noneApart =
  'With fewer than ten scans all are learnt from, so it is not measured how well the task is answered on other scans.'

/**
 * A run of neighbours is kept for validation, from a place that the seed draws: scans of one patient often stand side by
 * side in a list, and one of them must not be learnt from while the other validates.
 */
function splitPool(cases: PreparedCase[], seed: number): { training: PreparedCase[]; validation: PreparedCase[] } {
  const share = Math.floor(pretrainRules.validationShare * cases.length)
  // Two at least: a task that compares scans needs another one.
  const kept = share === 0 ? 0 : Math.max(2, share)
  const start = random(seed, 'pretext validation').integer(cases.length - kept + 1)
  const inside = (i: number) => i >= start && i < start + kept
  return { training: cases.filter((_, i) => !inside(i)), validation: cases.filter((_, i) => inside(i)) }
}
