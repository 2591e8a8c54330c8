/**
 * Fine-tuning: from a pretrained (or random) start to a segmentation model, on the labelled cases alone.
 * Dice + cross-entropy with deep supervision; a third of the patches centred on foreground; unknown voxels left out.
 */
import {
  compileTraining,
  diceCrossEntropy,
  encodeTensors,
  Graph,
  explainDevice,
  openSession,
  weightedSum,
  type Session,
  type Tensor,
} from '../engine/index.ts'
import { hashStream, random, type Random } from '../../shared/domain/random.ts'
import type { Plan } from '../../shared/domain/plan.ts'
import type { FinetuneConfig } from '../../shared/domain/trainer.ts'
import { caseFor } from './case-order.ts'
import { checkLabels, classValues } from './classes.ts'
import { readChoice } from './choice.ts'
import { augmentIntensities, drawWarp } from './augment.ts'
import { json, TrainingError, type Host } from './host.ts'
import { stepsWithin, trainLoop, warmupThenPoly } from './loop.ts'
import { decoder, encoder, inputShape, voxelHead, zyx } from './network.ts'
import { paperFinetuning, paperSchedule, paperSegmentation } from './paper/segmentation.ts'
import { cutPatch, patchCentre, unknownLabel, warpPatch } from './patch.ts'
import { planRun } from './plan-run.ts'
import { closeCases, prepareCases, type PreparedCase } from './prepare.ts'
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
   * scratch at 3e-3): it was left out for being one knob more.
   */
  rate: 6e-3,
  /** Share of the steps over which the rate rises. */
  warmupShare: 0.05,
  /** Share of patches centred on a voxel of a label drawn uniformly among those the case has. */
  foregroundShare: 1 / 3,
}

interface SegmentationGraph {
  graph: Graph
  loss: Tensor
  levels: number
  /** Gives a session what a step wants besides image and targets. */
  feed?(session: Session, seed: number, step: number): void
}

/** Graph for training: inputs `image` and `target0…`, one per supervised level. classes counts the background. */
export function segmentationGraph(plan: Plan, classes: number): SegmentationGraph {
  if (plan.recipe === 'paper') return { ...paperSegmentation(plan, classes), levels: 1 }
  const graph = new Graph()
  const image = graph.input('image', inputShape(plan, plan.batch), 'volume')
  const levels = decoder(graph, encoder(graph, image, plan), plan)
  // The coarsest level of the decoder sees too little to be told the truth about borders.
  const supervised = levels.slice(0, Math.max(1, levels.length - 1))
  const losses = supervised.map((features, level) => {
    const logits = voxelHead(graph, features, `segment${level}`, classes)
    const target = graph.input(`target${level}`, features.shape.slice(0, 4), 'dense')
    return diceCrossEntropy(logits, target, {})
  })
  const total = losses.reduce((sum, _, level) => sum + 2 ** -level, 0)
  const loss = weightedSum(losses.map((l, level) => [l, 2 ** -level / total]))
  return { graph, loss, levels: losses.length }
}

/** Gives a session its batch for a step: a pure function of seed and step. */
export class SegmentationFeed {
  private readonly plan: Plan
  private readonly cases: PreparedCase[]
  private readonly seed: number
  private readonly image: Float32Array
  private readonly targets: Float32Array[]

  constructor(plan: Plan, cases: PreparedCase[], levels: number, seed: number) {
    this.plan = plan
    this.cases = cases
    this.seed = seed
    this.image = new Float32Array(plan.batch * volumeOf(plan.patch) * plan.channels)
    this.targets = Array.from({ length: levels }, (_, level) => {
      const size = levelSize(plan, level)
      return new Float32Array(plan.batch * volumeOf(size))
    })
  }

  feed(session: Session, step: number): void {
    const { plan, image, targets } = this
    const voxels = volumeOf(plan.patch)
    for (let n = 0; n < plan.batch; n++) {
      const draw = random(this.seed, 'fine-tuning', step, n)
      const from = caseFor(this.cases, this.seed, step * plan.batch + n)
      const target = {
        patch: plan.patch,
        image: image.subarray(n * voxels * plan.channels, (n + 1) * voxels * plan.channels),
        label: targets[0].subarray(n * voxels, (n + 1) * voxels),
      }
      const centre = this.centre(draw, from)
      const warp = plan.recipe === 'paper' ? null : drawWarp(draw, plan)
      if (warp) warpPatch(from, centre, warp, target)
      else cutPatch(from, centre, target)
      if (plan.recipe !== 'paper') augmentIntensities(draw, target.image, plan.channels)
    }
    if (plan.recipe === 'paper') targets[0].forEach((label, v) => (targets[0][v] = label + 1))
    for (let level = 1; level < targets.length; level++) coarsen(plan, targets[level - 1], targets[level], level)
    session.setInput('image', image)
    targets.forEach((values, level) => session.setInput(`target${level}`, values))
  }

  private centre(draw: Random, from: PreparedCase): [number, number, number] {
    if (from.foreground.length > 0 && draw.chance(finetuneRules.foregroundShare)) {
      const voxel = draw.pick(draw.pick(from.foreground).voxels)
      const [nx, ny] = from.shape
      const at = [voxel % nx, Math.floor(voxel / nx) % ny, Math.floor(voxel / (nx * ny))]
      // Kept inside the scan, so that a patch is not half empty.
      return at.map((centre, axis) => {
        const [n, p] = [from.shape[axis], this.plan.patch[axis]]
        if (n <= p) return (n - 1) / 2
        return Math.min(Math.max(centre, (p - 1) / 2), n - 1 - (p - 1) / 2)
      }) as [number, number, number]
    }
    return patchCentre(from.shape, this.plan.patch, [draw.float(), draw.float(), draw.float()])
  }
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
  const values = classValues(config.labels)
  const cases = await prepareCases(config.cases, plan, host, { labels: values })
  const unlabelled = cases.filter((c) => !c.labelled)
  if (unlabelled.length > 0) {
    throw new TrainingError(`These cases have no label: ${unlabelled.map((c) => c.name).join(', ')}.`)
  }
  checkLabels(cases, config.labels, host)
  const { graph, loss, levels, feed: feedBesides } = segmentationGraph(plan, values.length)
  const paper = plan.recipe === 'paper'
  const threads = setup.threads
  const program = compileTraining({
    graph,
    loss,
    optimiser: paper ? paperFinetuning.optimiser : finetuneRules.optimiser,
    threads,
  })
  const session = await openSession(program, { device: config.device as never, threads })
  try {
    host.tell({ type: 'device', name: session.device.name })
    await host.run.write('device.json', json(await explainDevice(config.device, session.device)))
    const batches = new SegmentationFeed(plan, cases, levels, config.seed)
    const feed = (step: number) => {
      batches.feed(session, step)
      feedBesides?.(session, config.seed, step)
    }
    const from = config.fromFolder === null ? null : host.folder(config.fromFolder)
    const choice = from === null ? null : await readChoice(from)
    const pretrained = from !== null && choice?.chosen !== 'scratch'
    const begin = async (): Promise<Transfer | null> => {
      await session.initialise(hashStream(config.seed, ['weights']))
      return pretrained ? transferFrom(from, session, plan.channels) : null
    }
    const steps = await setup.steps(async () => {
      await begin()
      const share = config.watch.length > 0 ? watchRules.share : 0
      return stepsWithin(host, { minutes: (config.budget.minutes ?? 1) * (1 - share), began }, async (step) => {
        feed(step)
        await session.step({ rate: 1e-4 })
      })
    })
    const transfer = await begin() // trial steps, if there were any, have moved the weights
    const notice = transfer === null ? choice?.reason : describeTransfer(transfer)
    if (notice !== undefined) host.tell({ type: 'notice', text: notice })
    const { seed, labels, device } = config
    const watched = { plan, values, labels, cases: config.watch, seed, steps, device, threads, session }
    const watch = await openWatch(watched, host)
    const { seconds } = await trainLoop({
      host,
      session,
      stage: 'Fine-tuning',
      steps,
      checkpointSeconds: config.checkpointSeconds,
      feed,
      schedule: (step) =>
        paper
          ? paperSchedule(step, steps, pretrained)
          : { rate: finetuneRules.rate * warmupThenPoly(step, steps, Math.ceil(finetuneRules.warmupShare * steps)) },
      figures: (r) => ({ 'segmentation loss': r.loss }),
      inspect: watch?.inspect,
      identity: {
        seed: config.seed,
        steps,
        threads,
        parameters: program.parameters.length,
      },
    }).finally(() => watch?.close())
    const meta = { kind: 'segmentation', plan, values, labels: config.labels, steps }
    await host.run.write('model.bin', encodeTensors(await session.parameters(), meta))
    await host.run.write(
      'report.json',
      json({ kind: 'finetune', pretrained, steps, seconds, device: session.device, transfer }),
    )
  } finally {
    closeCases(cases)
    await session.close()
  }
}

const volumeOf = (size: readonly [number, number, number]): number => size[0] * size[1] * size[2]

/** Size [x, y, z] of a patch at a level of the network. */
export function levelSize(plan: Plan, level: number): [number, number, number] {
  const size = [...plan.patch] as [number, number, number]
  for (const pool of plan.pools.slice(0, level)) pool.forEach((p, axis) => (size[axis] /= p))
  return size
}

/**
 * Labels of a coarser level: of each window the commonest known label, the larger value where two are equally common (so a
 * thin structure is not lost); unknown only where all is unknown.
 */
export function coarsen(plan: Plan, from: Float32Array, to: Float32Array, level: number): void {
  const [fd, fh, fw] = zyx(levelSize(plan, level - 1))
  const [d, h, w] = zyx(levelSize(plan, level))
  const [sd, sh, sw] = zyx(plan.pools[level - 1])
  // Steps from a window's first voxel to each of its voxels.
  const steps = Array.from(
    { length: sd * sh * sw },
    (_, k) => (Math.floor(k / (sw * sh)) * fh + (Math.floor(k / sw) % sh)) * fw + (k % sw),
  )
  const votes = new Uint8Array(256)
  let at = 0
  for (let n = 0; n < plan.batch; n++) {
    for (let z = 0; z < d; z++) {
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const first = ((n * fd + z * sd) * fh + y * sh) * fw + x * sw
          let best = unknownLabel
          for (const step of steps) {
            const label = from[first + step]
            if (label === unknownLabel) continue
            votes[label]++
            const more = best === unknownLabel ? 1 : votes[label] - votes[best]
            if (more > 0 || (more === 0 && label > best)) best = label
          }
          for (const step of steps) votes[from[first + step]] = 0
          to[at++] = best
        }
      }
    }
  }
}
