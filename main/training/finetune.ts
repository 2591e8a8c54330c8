/**
 * Fine-tuning: from a pretrained (or random) start to a segmentation model, on the labelled cases alone.
 * Dice + cross-entropy with deep supervision; two thirds of the patches centred on foreground; unknown voxels left out.
 */
import { compileTraining, encodeTensors, explainDevice, openSession } from '../engine/index.ts'
import { hashStream } from '../../shared/domain/random.ts'
import type { FinetuneConfig } from '../../shared/domain/trainer.ts'
import { openBatches, type Batches } from './batches.ts'
import { checkLabels, classValues, shownLabels } from './classes.ts'
import { readChoice } from './choice.ts'
import { json, TrainingError, type Host } from './host.ts'
import { stepsWithin, trainLoop, warmupThenPoly } from './loop.ts'
import { paperSchedule, paperTunings } from './paper/segmentation.ts'
import { checkParts } from './parts.ts'
import { countPieces, namedPieces } from './pieces.ts'
import { placesOf } from './places.ts'
import { planRun } from './plan-run.ts'
import { closeCases, prepareCases, type PreparedCase } from './prepare.ts'
import type { Course } from './segmentation-feed.ts'
import { segmentationGraph } from './segmentation-network.ts'
import { openSelfTraining, selfTrainingRules } from './self-training.ts'
import { describeTransfer, transferFrom, type Transfer } from './transfer.ts'
import { openWatch, watchRules } from './watch.ts'

/** The knobs, in one place. */
export const finetuneRules = {
  optimiser: { kind: 'adamW' as const, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 1e-2, clip: 12 },
  /**
   * Learning rate, from a pretrained start as from a random one, so that the twin differs in its start alone. Chosen on the
   * 30 validation scans of hippocampus-msd's protocol (3 labels, 120 steps, mean Dice on subsets 0 and 1, one run each):
   * from scratch 3e-3 .806 .826, 6e-3 .823 .832, 12e-3 .826 .822; from 600 steps of restoration 2e-3 with the encoder frozen
   * for a twentieth of the steps .794 .818, 3e-3 .808 –, 6e-3 .821 .835, 12e-3 .825 .835. Most of these differences are
   * below the noise of 0.03. Freezing was not varied alone (at 4e-3, 100 steps, subset 0, it stood at .818 against .794 from
   * scratch at 3e-3): it was left out for being one knob more. Ramps (the encoder frozen for a tenth of the steps while the
   * decoder's rate rises, then both rise), from 400 steps of restoration, 200 steps, subsets 0 and 1, one run each: at 6e-3
   * .835 .834, without ramps .826 .831, from scratch .837 .830; at a tenth of the rate .751 (subset 0). A start that has
   * learnt labels gets this rate, too: at 2e-3, without thinned background, one ended at .658 instead of .682
   * (headneck-ct-openkbp, subset 1, 1000 steps).
   */
  rate: 6e-3,
  /** Share of the steps over which the rate rises. */
  warmupShare: 0.05,
}

/**
 * Trains until the budget is spent; leaves plan.json, metrics.jsonl, checkpoint.bin, model.bin, and best.bin where validation
 * cases are watched. Resumes by itself.
 */
export async function finetune(config: FinetuneConfig, host: Host): Promise<void> {
  if (config.cases.length === 0) throw new TrainingError('Fine-tuning needs at least one labelled case.')
  const began = host.seconds()
  const setup = await planRun(config, host, config.fromFolder ?? config.likeFolder)
  const { plan } = setup
  const { labels, paperTuning = 'pancreas' } = config
  const values = classValues(await shownLabels(config.cases, labels, host))
  const cases = await prepareCases(config.cases, plan, host, { labels: values })
  const unlabelled = cases.filter((c) => !c.labelled)
  if (unlabelled.length > 0) {
    throw new TrainingError(`These cases have no label: ${unlabelled.map((c) => c.name).join(', ')}.`)
  }
  checkLabels(cases, labels, host)
  checkParts(cases, host)
  const { graph, loss } = segmentationGraph(plan, values.length)
  const paper = plan.recipe === 'paper'
  if (paper && config.selfTraining) {
    throw new TrainingError('Self-training is no part of the recipe "paper". Start from another pretraining.')
  }
  if (!paper && config.paperTuning) {
    throw new TrainingError(
      'The constants of the paper’s fine-tuning are for a network of the recipe "paper". Start from such a pretraining, or leave them out.',
    )
  }
  const pieces = paper ? [] : countPieces(cases, values.length)
  const places = paper ? [] : placesOf(cases, values.length, plan.spacing)
  const threads = setup.threads
  /** What the network has labelled for itself. */
  let proposed: PreparedCase[] = []
  let batches: Batches | null = null
  const program = compileTraining({
    graph,
    loss,
    optimiser: paper ? paperTunings[paperTuning].optimiser : finetuneRules.optimiser,
    threads,
  })
  const session = await openSession(program, { device: config.device as never, threads })
  try {
    host.tell({ type: 'device', name: session.device.name })
    await host.run.write('device.json', json(await explainDevice(config.device, session.device)))
    const from = config.fromFolder === null ? null : host.folder(config.fromFolder)
    const choice = from === null ? null : await readChoice(from)
    const knows = choice?.labelled ?? []
    // A start that has learnt labels of cases which are hidden here, to be measured on, would flatter the model.
    const leaks = knows.some((id) => !config.cases.some((source) => source.id === id))
    const pretrained = from !== null && choice?.chosen !== 'scratch' && !leaks
    const knowsLabels = pretrained && knows.length > 0
    const begin = async (): Promise<Transfer | null> => {
      await session.initialise(hashStream(config.seed, ['weights']))
      return pretrained ? transferFrom(from, session, plan.channels, knowsLabels ? values : null) : null
    }
    const startBatches = async (course: Course) => {
      await batches?.close()
      const order = {
        kind: 'finetune' as const,
        plan,
        classes: values.length,
        cases,
        proposed,
        seed: config.seed,
        course,
      }
      batches = openBatches(order, host, session.device)
    }
    const toLabel = !paper && (config.selfTraining ?? choice?.selfTraining) ? (config.unlabelled ?? []) : []
    const steps = await setup.steps(async () => {
      await begin()
      await startBatches({ begin: 0, steps: 1 })
      const watching = config.watch.length > 0 ? watchRules.share : 0
      const labelling = toLabel.length > 0 ? selfTrainingRules.share : 0
      const minutes = ((config.budget.minutes ?? 1) * (1 - watching)) / (1 + labelling)
      return stepsWithin(host, { minutes, began }, async (step) => {
        await batches!.give(session, step)
        await session.step({ rate: 1e-4 })
      })
    })
    const transfer = await begin() // trial steps, if there were any, have moved the weights
    const notice = leaks ? leaking : transfer === null ? choice?.reason : describeTransfer(transfer)
    if (notice !== undefined) host.tell({ type: 'notice', text: notice })
    const { seed, device } = config
    const running = { plan, values, labels, pieces, places, seed, steps, device, threads, session }
    const memory = host.memory / 2
    const self = await openSelfTraining({ ...running, cases, unlabelled: toLabel, memory, knowsLabels }, host)
    const watch = await openWatch({ ...running, cases: config.watch, knowsLabels: self?.turn === 0 }, host)
    const [first, second] = coursesOf(steps, self?.turn)
    await startBatches(first)
    const { seconds } = await trainLoop({
      host,
      session,
      stage: 'Fine-tuning',
      steps,
      checkpointSeconds: config.checkpointSeconds,
      feed: async (step) => {
        const labelled = await self?.labelIfDue(step)
        if (labelled) {
          proposed = labelled
          await startBatches(second)
        }
        await batches!.give(session, step)
      },
      schedule: (step) =>
        paper
          ? paperSchedule(paperTuning, step, steps, pretrained)
          : { rate: rateAt(step, step < second.begin ? first : second) },
      figures: (r) => ({ 'segmentation loss': r.loss }),
      inspect: watch?.inspect,
      identity: {
        seed: config.seed,
        steps,
        threads,
        parameters: program.parameters.length,
      },
    }).finally(() => watch?.close())
    const meta = { kind: 'segmentation', plan, values, labels, pieces, places, steps }
    await host.run.write('model.bin', encodeTensors(await session.parameters(), meta))
    await host.run.write(
      'report.json',
      json({
        kind: 'finetune',
        pretrained,
        selfTraining: self?.used() ? { turn: self.turn, scans: self.scans } : null,
        pieces: namedPieces({ pieces, values, labels }),
        steps,
        seconds,
        device: session.device,
        transfer,
      }),
    )
  } finally {
    await (batches as Batches | null)?.close()
    closeCases([...cases, ...proposed])
    await session.close()
  }
}

const leaking =
  'The start that the automatic choice prepared has learnt from labels of cases that this training may not know. It is left out, and the training starts from scratch.'

/** With self-training the rate falls and rises again at `turn`: there is something new to learn from. */
const coursesOf = (steps: number, turn = steps): [Course, Course] => [
  { begin: 0, steps: turn },
  { begin: turn, steps: steps - turn },
]

/** Rises and falls once in a course. */
function rateAt(step: number, { begin, steps }: Course): number {
  return finetuneRules.rate * warmupThenPoly(step - begin, steps, Math.ceil(finetuneRules.warmupShare * steps))
}
