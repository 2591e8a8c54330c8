/**
 * The automatic choice of a start, by evidence from the user's own scans: short fine-tunings that are measured on labelled
 * cases they did not see (leave-one-out or 5-fold, the same folds and steps for all). Where all scans are
 * labelled, nothing is tried: the time is the training's. Else first the cheapest question: are labels
 * that registration carries over to the hidden cases any good? If so, the pretraining learns from the labels themselves, and
 * from those carried over to the further scans. If not, pretext tasks are pretrained on shares of the budget, and each is
 * probed, as a random start is. The best wins; where none beats a random start, the choice is "scratch", and fine-tuning starts
 * as if there had been no pretraining: never worse for having tried.
 */
import type { Evaluation } from '../../shared/domain/records.ts'
import { mostFolds, type Budget, type PretrainConfig } from '../../shared/domain/trainer.ts'
import { choiceFile, labelPropagation, type Choice } from './choice.ts'
import { hiddenIn } from './cross-validate.ts'
import { finetune } from './finetune.ts'
import { json, readJson, type Host } from './host.ts'
import { planRun, readPlanFile } from './plan-run.ts'
import { pretrain } from './pretrain.ts'
import { probeLabels, probeStart, tuningOf, within, withFolders } from './probe.ts'

/** The knobs, in one place. */
export const autoRules = {
  /** In the order in which published comparisons make them likely to help segmentation (LEARNING.md, section 3). */
  candidates: ['restoration', 'relative-location', 'cpc'] as const,
  /** Another candidate for every so many steps, or minutes, of the budget: below that none learns anything. */
  stepsEach: 600,
  minutesEach: 4,
  /** Share of the budget that goes into the probes. */
  probeShare: 0.3,
  /** Nothing is compared where the shortest probes from scratch would take more than this share of a budget in minutes. */
  mostProbing: 0.5,
  /** Steps of a probe's fine-tuning. */
  probeSteps: [20, 1000] as const,
  /** A pretraining that learns from labels has at least so many steps, or there is none. */
  leastSteps: 20,
  /** A start must beat scratch by more than this mean Dice over the hidden cases: with a handful of them less is chance. */
  margin: 0.01,
  /**
   * Labels carried over (alone, or averaged with what a probe's network finds) must beat that network alone by more than
   * `labelMargin` and reach `labelDice`: registration knows where an organ lies, and nothing of a tumour.
   */
  labelMargin: 0.01,
  labelDice: 0.3,
}

/** Leaves choice.json and, unless the choice is scratch, the winner's model.bin; plan.json in any case. Resumes by itself. */
export async function chooseStart(config: PretrainConfig, host: Host): Promise<void> {
  const began = host.seconds()
  await planRun(config, host, null)
  const candidates = candidatesFor(config)
  const hidden = hiddenIn(config.probe, config.hidden).length
  const folds = Math.min(hidden, mostFolds)
  const unlabelled = config.cases.filter(({ id }) => !config.probe.some((labelled) => labelled.id === id))
  const choice = await choosing()
  await host.run.write(choiceFile, json(choice))
  host.tell({ type: 'notice', text: choice.reason })

  async function choosing(): Promise<Choice> {
    if (unlabelled.length === 0) return choose('scratch', [], 0, allLabelled)
    return hidden < 2 ? unprobed() : compareIfTime()
  }

  async function unprobed(): Promise<Choice> {
    await pretrainOne(0, 1)
    await take(candidates[0])
    return choose(candidates[0], [], 0, nothingToCompare(candidates[0]))
  }

  async function compareIfTime(): Promise<Choice> {
    const { steps, minutes } = config.budget
    const least = folds * autoRules.probeSteps[0]
    if (steps === undefined && least * (await secondsPerStep()) > autoRules.mostProbing * 60 * (minutes ?? 1)) {
      return choose('scratch', [], 0, noTime)
    }
    return compare(await settleProbeSteps())
  }

  async function compare(probeSteps: number): Promise<Choice> {
    const tried = [probedAs('scratch', false, await probeStart(config, host, 'scratch', probeSteps))]
    const labels = await probeLabels(config, host, 'scratch')
    if (labels !== null) tried.push(probedAs('scratch', true, labels.carried))
    if (labels !== null && carriesOver(labels.carried.dice, labels.network.dice)) {
      const left = await whatIsLeft(probeSteps)
      if (left === null)
        return { ...choose('scratch', tried, probeSteps, explainShort(tried, probeSteps)), selfTraining: true }
      const reason = explainLabels(tried, probeSteps, await learnFromLabels(left))
      const labelled = config.probe.map(({ id }) => id)
      return { ...choose(labelPropagation, tried, probeSteps, reason), selfTraining: true, labelled }
    }
    const share = (1 - autoRules.probeShare) / candidates.length
    for (const i of candidates.keys()) await pretrainOne(i, share)
    for (const start of candidates) {
      tried.push(probedAs(start, false, await probeStart(config, host, start, probeSteps)))
    }
    const choice = decide(tried, probeSteps)
    if (choice.chosen !== 'scratch') await take(choice.chosen)
    return choice
  }

  async function pretrainOne(i: number, share: number): Promise<void> {
    const task = candidates[i]
    const inTask = within(host, task, `${i + 1} of ${candidates.length}: ${task}`)
    if ((await inTask.run.read('model.bin')) !== null) return
    const { steps, minutes } = config.budget
    const budget =
      steps === undefined ? { minutes: (minutes ?? 1) * share } : { steps: Math.max(1, Math.floor(steps * share)) }
    await pretrain({ ...config, task, budget }, inTask)
  }

  /** The winner's model, curves and report (which then says `besides`, too) become the run's. Returns the report. */
  async function take(folder: string, besides: object = {}): Promise<{ steps: number }> {
    const from = host.run.inside(folder)
    for (const file of ['model.bin', 'metrics.jsonl']) await host.run.write(file, (await from.read(file))!)
    const report = { ...((await readJson(from, 'report.json')) as { steps: number }), ...besides }
    await host.run.write('report.json', json(report))
    return report
  }

  async function settleProbeSteps(): Promise<number> {
    const { steps, minutes } = config.budget
    const rounds = folds * (candidates.length + 1)
    const inAll = steps ?? ((minutes ?? 1) * 60) / (await secondsPerStep())
    const [least, most] = autoRules.probeSteps
    return Math.max(least, Math.min(most, Math.floor((autoRules.probeShare * inAll) / rounds)))
  }

  /** As a training of a few seconds, kept in its folder, found it. */
  async function secondsPerStep(): Promise<number> {
    const inside = within(host, 'timing', 'timing')
    const measured = async () => (await readPlanFile(inside.run))?.secondsPerStep ?? null
    if ((await measured()) === null) {
      await finetune(tuningOf(config, { budget: { minutes: 0.05 } }), withFolders(inside, host))
    }
    return (await measured()) ?? 1
  }

  /** Of the budget; null where it is too little to learn anything. */
  async function whatIsLeft(probeSteps: number): Promise<Budget | null> {
    const { steps, minutes } = config.budget
    if (steps !== undefined) {
      const left = steps - folds * probeSteps
      return left < autoRules.leastSteps ? null : { steps: left }
    }
    const left = (minutes ?? 1) - (host.seconds() - began) / 60
    const begun = (await readPlanFile(host.run.inside(labelPropagation))) !== null
    if (!begun && (left * 60) / (await secondsPerStep()) < autoRules.leastSteps) return null
    return { minutes: Math.max(0.1, left) }
  }

  /** A self-training. Returns its steps. */
  async function learnFromLabels(left: Budget): Promise<number> {
    const inside = within(host, labelPropagation, 'labels carried over', true)
    const tuning = tuningOf(config, { budget: left, unlabelled, selfTraining: true })
    if ((await inside.run.read('report.json')) === null) await finetune(tuning, withFolders(inside, host))
    const { steps } = await take(labelPropagation, { kind: 'pretrain', task: labelPropagation, chance: null })
    return steps
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

type Tried = Choice['tried'][number]

const probedAs = (start: string, selfTraining: boolean, { dice, cases }: Evaluation): Tried => ({
  start,
  selfTraining,
  dice,
  cases: cases.map((c) => c.dice),
})

const choose = (chosen: string, tried: Tried[], probeSteps: number, reason: string): Choice => ({
  chosen,
  selfTraining: false,
  labelled: [],
  reason,
  probeSteps,
  tried,
})

/** Mean Dice on hidden cases, of labels carried over and of a network: are the labels better, and good enough to learn from? */
export const carriesOver = (carried: number | null, network: number | null): boolean =>
  (carried ?? 0) >= autoRules.labelDice && (carried ?? 0) > (network ?? 0) + autoRules.labelMargin

/** Among the starts without carried-over labels the one with the best mean Dice, if it beats scratch by more than the margin. */
export function decide(tried: Tried[], probeSteps: number): Choice {
  const starts = tried.filter(({ selfTraining }) => !selfTraining)
  const scratch = starts.find(({ start }) => start === 'scratch')?.dice ?? 0
  const best = starts
    .filter(({ start }) => start !== 'scratch')
    .reduce((a, b) => ((b.dice ?? -1) > (a.dice ?? -1) ? b : a))
  const helps = (best.dice ?? -1) > scratch + autoRules.margin
  const verdict = helps
    ? `Automatic choice: ${best.start}. It helped most on labelled cases hidden in turn`
    : 'Automatic choice: no pretraining. None of those tried helped on labelled cases hidden in turn, so the training starts from scratch'
  return choose(helps ? best.start : 'scratch', tried, probeSteps, `${verdict} (${figures(tried, probeSteps)}).`)
}

const explainLabels = (tried: readonly Tried[], probeSteps: number, steps: number): string =>
  `Automatic choice: labels carried over. On labelled cases hidden in turn, labels carried over from the other ones bettered what the network found (${figures(tried, probeSteps)}). So the pretraining has learnt from your labels for ${steps} steps already, and from further scans to which they were carried over; a training from scratch has the steps of fine-tuning alone.`

const explainShort = (tried: readonly Tried[], probeSteps: number): string =>
  `Automatic choice: labels carried over, without pretraining. On labelled cases hidden in turn, labels carried over from the other ones bettered what the network found (${figures(tried, probeSteps)}). The time is too short to learn from them beforehand, so the training starts from scratch and learns from them in its second half.`

const allLabelled =
  'Automatic choice: no pretraining. All training scans are labelled, so there is none to carry labels over to, and no pretext task has shown to teach more than the labels themselves: the training starts from scratch.'

const noTime =
  'Automatic choice: no pretraining. The time is too short to compare ways to begin, so the training starts from scratch.'

const nothingToCompare = (task: string): string =>
  `Automatic choice: ${task}, which published comparisons put first. With fewer than two labelled cases that can be hidden there is nothing to compare candidates on.`

function figures(tried: readonly Tried[], probeSteps: number): string {
  const named = ({ start, selfTraining }: Tried) => (selfTraining ? `${start} with labels carried over` : start)
  const each = tried.map((one) => `${named(one)} ${one.dice?.toFixed(3) ?? '–'}`)
  return `mean Dice after ${probeSteps} steps: ${each.join(', ')}`
}
