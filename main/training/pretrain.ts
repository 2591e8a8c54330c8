/** Self-supervised pretraining on all scans, labelled or not: one loop for all tasks, each task in its own file. */
import { compileTraining, encodeTensors, openSession } from '../engine/index.ts'
import { hashStream } from '../../shared/domain/random.ts'
import type { PretrainConfig } from '../../shared/domain/trainer.ts'
import { json, TrainingError, type Host } from './host.ts'
import { stepsWithin, trainLoop, warmupThenPoly } from './loop.ts'
import { planRun } from './plan-run.ts'
import { prepareCases, type PreparedCase } from './prepare.ts'
import { pretextTasks } from './pretext/index.ts'

/** The knobs, in one place. */
export const pretrainRules = {
  optimiser: { kind: 'adamW' as const, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 1e-2, clip: 12 },
  rate: 2e-3,
  warmupShare: 0.05,
  /** Every tenth scan of a pool of at least ten is kept for the pretext validation. */
  validationEvery: 10,
  /** How many times the pretext validation is done in a run, and over how many batches each. */
  validations: 20,
  validationBatches: 2,
}

/** Pretrains until the budget is spent; leaves plan.json, metrics.jsonl, checkpoint.bin, model.bin. Resumes by itself. */
export async function pretrain(config: PretrainConfig, host: Host): Promise<void> {
  if (config.cases.length === 0) throw new TrainingError('Pretraining needs at least one scan.')
  const began = host.seconds()
  const task = findTask(config)
  const setup = await planRun(config, host, null)
  const { plan, threads } = setup
  const cases = await prepareCases(setup.cases, plan, host, { labels: false })
  const pool = splitPool(cases)
  const exercise = task.build(plan, cases)
  const program = compileTraining({
    graph: exercise.graph,
    loss: exercise.loss,
    outputs: exercise.outputs,
    optimiser: pretrainRules.optimiser,
    threads,
  })
  const session = await openSession(program, { device: config.device as never, threads })
  try {
    host.tell({ type: 'device', name: session.device.name })
    const begin = async () => session.initialise(hashStream(config.seed, ['weights']))
    // A validation batch is a forward pass only: about a third of a step.
    const besides = pool.validation.length > 0 ? (pretrainRules.validations * pretrainRules.validationBatches) / 3 : 0
    const steps = await setup.steps(async () => {
      await begin()
      return stepsWithin(host, { minutes: config.budget.minutes ?? 1, began, besides }, async (step) => {
        exercise.feed(session, pool.training, config.seed, step)
        await session.step({ rate: 1e-4 })
      })
    })
    await begin()
    const every = Math.max(1, Math.floor(steps / pretrainRules.validations))
    const seconds = await trainLoop({
      host,
      session,
      stage: 'Pretraining',
      steps,
      checkpointSeconds: config.checkpointSeconds,
      feed: (step) => exercise.feed(session, pool.training, config.seed, step),
      schedule: (step) => ({
        rate: pretrainRules.rate * warmupThenPoly(step, steps, Math.ceil(pretrainRules.warmupShare * steps)),
      }),
      figures: (r) => exercise.figures(r, 'pretext'),
      inspect: async (step) => {
        if (pool.validation.length === 0 || (step + 1) % every !== 0) return null
        const sums: Record<string, number> = {}
        for (let i = 0; i < pretrainRules.validationBatches; i++) {
          exercise.feed(session, pool.validation, hashStream(config.seed, ['validation']), i)
          const { loss, outputs } = await session.evaluate()
          for (const [name, value] of Object.entries(
            exercise.figures({ loss: loss!, outputs }, 'pretext validation'),
          )) {
            sums[name] = (sums[name] ?? 0) + value / pretrainRules.validationBatches
          }
        }
        return sums
      },
      identity: { task: task.name, seed: config.seed, steps, threads, device: session.device.kind },
    })
    const meta = { kind: 'pretext', task: task.name, recipe: config.recipe, plan, steps }
    await host.run.write('model.bin', encodeTensors(await session.parameters(), meta))
    const report = {
      kind: 'pretrain',
      task: task.name,
      chance: exercise.chance,
      steps,
      seconds,
      device: session.device,
    }
    await host.run.write('report.json', json(report))
  } finally {
    await session.close()
  }
}

function findTask(config: PretrainConfig) {
  if (config.recipe === 'paper') {
    throw new TrainingError('The "paper" recipe is not in this version yet. Use --recipe handful.')
  }
  const task = pretextTasks.find((t) => t.name === config.task)
  if (!task) {
    const have = pretextTasks.map((t) => t.name).join(', ')
    throw new TrainingError(`The pretext task "${config.task}" is not in this version yet. Choose one of: ${have}.`)
  }
  return task
}

function splitPool(cases: PreparedCase[]): { training: PreparedCase[]; validation: PreparedCase[] } {
  const every = pretrainRules.validationEvery
  if (cases.length < every) return { training: cases, validation: [] }
  return {
    training: cases.filter((_, i) => i % every !== every - 1),
    validation: cases.filter((_, i) => i % every === every - 1),
  }
}
