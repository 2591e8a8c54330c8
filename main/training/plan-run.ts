/**
 * Settles, once for a run, what it works by: plan, threads, number of steps. All is in plan.json from then on, so that a
 * resumed run goes on as it began, and a from-scratch twin takes over its sibling's.
 */
import { z } from 'zod'
import { Plan } from '../../shared/domain/plan.ts'
import {
  PaperOptions,
  type FinetuneConfig,
  type GradeConfig,
  type PretrainConfig,
} from '../../shared/domain/trainer.ts'
import { measureFingerprint } from './fingerprint.ts'
import { json, readJson, TrainingError, type Host, type RunFolder } from './host.ts'
import { makePaperPlan } from './paper/plan.ts'
import { makePlan } from './plan.ts'

/** plan.json. */
const PlanFile = z.object({
  plan: Plan,
  threads: z.number().int(),
  /** Ids of the cases that are learnt from. */
  cases: z.array(z.string()),
  /** null until the calibration of a budget in minutes is done. */
  steps: z.number().int().nullable(),
  secondsPerStep: z.number().nullable(),
})
type PlanFile = z.infer<typeof PlanFile>

type Planned = PretrainConfig | FinetuneConfig | GradeConfig

export interface RunPlan {
  readonly plan: Plan
  readonly threads: number
  /** The number of steps: as recorded, else from the budget, for which `measure` may be asked how many steps fit. */
  steps(measure: () => Promise<{ steps: number; each: number }>): Promise<number>
}

/** inherit: run folder whose plan is taken over (pretraining, or sibling), or null to plan from the data. */
export async function planRun(config: Planned, host: Host, inherit: string | null): Promise<RunPlan> {
  const sibling = config.kind === 'pretrain' ? null : config.likeFolder
  const like = sibling === null ? null : await readPlanFile(host.folder(sibling))
  const file =
    (await readPlanFile(host.run)) ?? (await begin(config, host, like, inherit === null ? null : host.folder(inherit)))
  await host.run.write('plan.json', json(file))
  return {
    plan: file.plan,
    threads: file.threads,
    async steps(measure) {
      if (file.steps === null) {
        const { steps, each } = await measure()
        file.steps = steps
        file.secondsPerStep = Math.round(each * 1e4) / 1e4
        await host.run.write('plan.json', json(file))
      }
      return file.steps
    },
  }
}

async function begin(config: Planned, host: Host, like: PlanFile | null, inherit: RunFolder | null): Promise<PlanFile> {
  const threads = config.threads ?? like?.threads ?? host.cores
  const steps = config.budget.steps ?? like?.steps ?? null
  const cases = config.cases.map(({ id }) => id)
  const inherited = inherit === null ? null : await readPlanFile(inherit)
  if (inherit !== null && inherited === null) {
    throw new TrainingError('The run to start from has no plan: it never got as far as training. Choose another one.')
  }
  if (inherited !== null) {
    const plan = await planForChannels(inherited.plan, config, host)
    return { plan, threads, cases, steps, secondsPerStep: null }
  }
  const fingerprint = await measureFingerprint(config.cases, host)
  await host.run.write('fingerprint.json', json(fingerprint))
  const paper = config.kind !== 'finetune' && config.recipe === 'paper'
  const { dimensions } = config
  const plan = paper
    ? makePaperPlan(fingerprint, PaperOptions.parse(config.paper ?? {}), host, dimensions)
    : makePlan(fingerprint, dimensions)
  return { plan, threads, cases, steps, secondsPerStep: null }
}

/**
 * An inherited plan for these scans: as it is, or, where their number of channels is another, with their own normalisation.
 * (transfer.ts then repeats the first convolution over the channels.)
 */
async function planForChannels(plan: Plan, config: Planned, host: Host): Promise<Plan> {
  const { channels } = config.cases[0]
  if (plan.channels === channels) return plan
  const own = makePlan(await measureFingerprint(config.cases, host)).normalisation
  const normalisation = plan.recipe === 'paper' ? own.map(() => ({ kind: 'min-max' as const })) : own
  return { ...plan, channels, normalisation }
}

/** Null when there is none. Throws a TrainingError when it is damaged. */
export async function readPlanFile(folder: RunFolder): Promise<PlanFile | null> {
  const content = await readJson(folder, 'plan.json')
  if (content === null) return null
  const parsed = PlanFile.safeParse(content)
  if (!parsed.success) throw new TrainingError('plan.json of the run is damaged. Start a new run.')
  return parsed.data
}
