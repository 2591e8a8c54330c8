/**
 * The automatic choice of a start, by evidence from the user's own scans: candidates are pretrained on shares of the
 * budget, and each is probed, as is a random start, by short fine-tunings that are measured on labelled cases they did not
 * see (leave-one-out or 5-fold, the same folds and steps for all). The best wins; where none beats a random start, the
 * choice is "scratch", and fine-tuning starts as if there had been no pretraining: never worse for having tried. Self-training
 * is taken where the labels that it would learn from are better, on the hidden cases, than what the network found alone.
 */
import type { CaseScore, Evaluation } from '../../shared/domain/records.ts'
import { mostFolds, type CrossValidateConfig, type PretrainConfig } from '../../shared/domain/trainer.ts'
import { choiceFile, type Choice } from './choice.ts'
import { toValues } from './classes.ts'
import { crossValidate, foldsOf } from './cross-validate.ts'
import { evaluationOf, measureCase } from './evaluate.ts'
import { json, readJson, TrainingError, type Host } from './host.ts'
import { readPlanFile } from './plan-run.ts'
import { openPredictor, readModel } from './predict.ts'
import { backToSource, closeCases, prepareCase, prepareCases, shapeOnPlan } from './prepare.ts'
import { pretrain } from './pretrain.ts'
import { openPropagation } from './propagation.ts'

/** The knobs, in one place. */
export const autoRules = {
  /** In the order in which published comparisons make them likely to help segmentation (LEARNING.md, section 3). */
  candidates: ['restoration', 'relative-location', 'cpc'] as const,
  /** Another candidate for every so many steps, or minutes, of the budget: below that none learns anything. */
  stepsEach: 600,
  minutesEach: 4,
  /** Share of the budget that goes into the probes. */
  probeShare: 0.3,
  /** Steps of a probe's fine-tuning. */
  probeSteps: [20, 1000] as const,
  /** A start must beat scratch by more than this mean Dice over the hidden cases. */
  margin: 0.003,
  /**
   * Labels carried over must beat the network alone by more than this. What counts as noise elsewhere: better labels do not
   * always make a better network (docs/learning.md), and labelling takes time.
   */
  labelMargin: 0.03,
}

/** Leaves choice.json and, unless the choice is scratch, the winner's model.bin; plan.json in any case. Resumes by itself. */
export async function chooseStart(config: PretrainConfig, host: Host): Promise<void> {
  const folds = config.probe.length < 2 ? 0 : Math.min(config.probe.length, mostFolds)
  const unlabelled = config.cases.filter(({ id }) => !config.probe.some((labelled) => labelled.id === id))
  const candidates = candidatesFor(config)
  const share = folds === 0 ? 1 : (1 - autoRules.probeShare) / candidates.length
  const { steps, minutes } = config.budget
  const budget =
    steps === undefined ? { minutes: (minutes ?? 1) * share } : { steps: Math.max(1, Math.floor(steps * share)) }

  for (const [i, task] of candidates.entries()) {
    const inTask = within(host, task, `${i + 1} of ${candidates.length}: ${task}`)
    if ((await inTask.run.read('model.bin')) === null) await pretrain({ ...config, task, budget }, inTask)
  }
  const first = await readPlanFile(host.run.inside(candidates[0]))
  if (first === null) throw new TrainingError('The plan of this run is missing. Start a new run.')
  await host.run.write('plan.json', json(first))

  const choice = folds === 0 ? unprobed(candidates[0]) : await probe(candidates, probeStepsOf(first.secondsPerStep))
  if (choice.chosen !== 'scratch') {
    const winner = host.run.inside(choice.chosen)
    await host.run.write('model.bin', (await winner.read('model.bin'))!)
    await host.run.write('report.json', (await winner.read('report.json'))!)
  }
  await host.run.write(choiceFile, json(choice))
  host.tell({ type: 'notice', text: choice.reason })

  function probeStepsOf(secondsPerStep: number | null): number {
    const rounds = folds * (candidates.length + 1)
    const inAll = steps ?? ((minutes ?? 1) * 60) / (secondsPerStep ?? 1)
    const [least, most] = autoRules.probeSteps
    return Math.max(least, Math.min(most, Math.floor((autoRules.probeShare * inAll) / rounds)))
  }

  async function probe(tasks: readonly string[], probeSteps: number): Promise<Choice> {
    const tried: Choice['tried'] = []
    const keep = (start: string, selfTraining: boolean, { dice, cases }: Evaluation) =>
      tried.push({ start, selfTraining, dice, cases: cases.map((c) => c.dice) })
    for (const start of ['scratch', ...tasks]) keep(start, false, await probeStart(config, host, start, probeSteps))
    if (unlabelled.length > 0 && config.recipe !== 'paper') {
      const { chosen } = decide(tried, probeSteps)
      const labels = await probeLabels(config, host, chosen)
      if (labels !== null) keep(chosen, true, labels)
    }
    return decide(tried, probeSteps)
  }
}

/** Fewer candidates on a small budget. */
function candidatesFor({ budget }: PretrainConfig) {
  const count =
    budget.steps === undefined
      ? Math.floor((budget.minutes ?? 1) / autoRules.minutesEach)
      : Math.floor(budget.steps / autoRules.stepsEach)
  return autoRules.candidates.slice(0, Math.max(1, count))
}

/** Fine-tunes and measures from one start; folders are named from the run's own. */
async function probeStart(config: PretrainConfig, host: Host, start: string, steps: number): Promise<Evaluation> {
  const inProbe = within(host, probeFolder(start), `from ${start}`)
  const known = (await readJson(inProbe.run, 'evaluation.json')) as Evaluation | null
  if (known !== null) return known
  const { runId, seed, device, threads, checkpointSeconds, labels, probe } = config
  const same = { runId, seed, device, threads, checkpointSeconds, labels }
  const tuning: CrossValidateConfig = {
    kind: 'cross-validate',
    ...same,
    modelId: '',
    watch: [],
    budget: { steps },
    cases: probe,
    unlabelled: [],
    selfTraining: false,
    // A random start takes over the plan alone.
    fromFolder: start === 'scratch' ? null : start,
    likeFolder: start === 'scratch' ? '.' : null,
  }
  const evaluation = await crossValidate(tuning, {
    ...inProbe,
    folder: (path) => host.run.inside(path),
  })
  await inProbe.run.write('evaluation.json', json(evaluation))
  return evaluation
}

const probeFolder = (start: string): string => `probe-${start}`

/**
 * How good labels are that a start's probes give to the cases hidden from them, together with what registration carries over
 * from the others: what self-training would learn from. null where nothing can be carried over.
 */
async function probeLabels(config: PretrainConfig, host: Host, start: string): Promise<Evaluation | null> {
  const inProbe = within(host, probeFolder(start), `labels carried over, from ${start}`)
  const known = (await readJson(inProbe.run, 'labels.json')) as Evaluation | null
  if (known !== null) return known
  const { labels, probe, seed } = config
  const scores: CaseScore[] = []
  const folds = foldsOf(probe, seed)
  for (const [i, { held, learnt, folder }] of folds.entries()) {
    const model = await readModel(inProbe.run.inside(folder))
    const { plan, values } = model
    const cases = await prepareCases(learnt, plan, inProbe, { labels: values })
    const extents = held.map((source) => shapeOnPlan(source.shape, source.spacing, plan))
    const propagation = openPropagation(plan, cases, extents, values.length, seed)
    closeCases(cases)
    if (propagation === null) return null
    const predictor = await openPredictor(model, config.device, config.threads ?? host.cores)
    try {
      for (const source of held) {
        const prepared = await prepareCase(source, plan, inProbe, { labels: false })
        const probabilities = await predictor.probabilities(prepared, inProbe)
        await propagation.join(prepared, probabilities, inProbe)
        const map = toValues(backToSource(prepared, probabilities, values.length, null), values)
        scores.push(await measureCase(labels, source, map, inProbe))
      }
    } finally {
      await predictor.session.close()
    }
    const [done, total] = [i + 1, folds.length]
    inProbe.tell({ type: 'progress', stage: 'Carrying labels over', done, total, etaSeconds: null })
  }
  const evaluation = evaluationOf('', 'cross-validation', scores)
  await inProbe.run.write('labels.json', json(evaluation))
  return evaluation
}

/**
 * The start with the best mean Dice, if it beats scratch by more than the margin; with self-training, if labels carried over
 * beat that start alone by more than their own margin.
 */
export function decide(tried: Choice['tried'], probeSteps: number): Choice {
  const named = (one: Choice['tried'][number]) =>
    one.selfTraining ? `${one.start} and labels carried over` : one.start
  const figures = tried.map((one) => `${named(one)} ${one.dice?.toFixed(3) ?? '–'}`).join(', ')
  const plain = tried.filter(({ selfTraining }) => !selfTraining)
  const diceOf = (start: string) => plain.find((one) => one.start === start)?.dice ?? 0
  const best = plain
    .filter(({ start }) => start !== 'scratch')
    .reduce((a, b) => ((b.dice ?? -1) > (a.dice ?? -1) ? b : a))
  const helps = (best.dice ?? -1) > diceOf('scratch') + autoRules.margin
  const chosen = helps ? best.start : 'scratch'
  const verdict = helps
    ? `Automatic choice: ${best.start}. It helped most on labelled cases hidden in turn`
    : 'Automatic choice: no pretraining. None of those tried helped on labelled cases hidden in turn, so the training starts from scratch'
  const itself = tried.find((one) => one.selfTraining && one.start === chosen)
  const selfTraining = itself !== undefined && (itself.dice ?? -1) > diceOf(chosen) + autoRules.labelMargin
  const further =
    itself === undefined
      ? ''
      : selfTraining
        ? ' Labels carried over to hidden cases bettered what the network found, so it labels further scans with their help and learns from those too (self-training).'
        : ' Labels carried over to hidden cases did not better what the network found by enough, so it does not learn from scans that it labelled itself (self-training).'
  const reason = `${verdict} (mean Dice after ${probeSteps} steps: ${figures}).${further}`
  return { chosen, selfTraining, reason, probeSteps, tried }
}

function unprobed(task: string): Choice {
  const reason = `Automatic choice: ${task}, which published comparisons put first. With fewer than two labelled cases there is nothing to compare candidates on.`
  return { chosen: task, selfTraining: false, reason, probeSteps: 0, tried: [] }
}

/** The same host, working in a folder of the run's; what it says is marked as a part of the whole. */
function within(host: Host, folder: string, what: string): Host {
  return {
    ...host,
    run: host.run.inside(folder),
    tell(message) {
      if (message.type === 'progress') host.tell({ ...message, stage: `${message.stage} (${what})` })
      else if (message.type === 'device') host.tell(message)
      // Curves and notices of single candidates would be taken for those of the run.
    },
  }
}
