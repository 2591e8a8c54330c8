/**
 * Watching a fine-tuning: every so often the network of the moment predicts whole validation scans, and their mean Dice
 * goes into the curves. The weights with the best smoothed score are kept beside the last ones. What is watched and when
 * depends on steps and sizes alone, so a resumed run watches the same.
 */
import { encodeTensors, type Session } from '../engine/index.ts'
import type { CaseScore, Label } from '../../shared/domain/records.ts'
import type { Plan } from '../../shared/domain/plan.ts'
import { random } from '../../shared/domain/random.ts'
import type { TrainerCase } from '../../shared/domain/trainer.ts'
import { evaluationOf, measureCase } from './evaluate.ts'
import { TrainingError, type Host } from './host.ts'
import { metricsFile } from './loop.ts'
import { addPicture } from './pictures.ts'
import type { Places } from './places.ts'
import { bestFile, countWindows, openPredictor } from './predict.ts'

export const watchRules = {
  /** At most so many looks in a run. */
  looks: 20,
  /** Share of them at even distances. The others are before the first of those, where a network learns most. */
  even: 0.6,
  /** Each of the others is so many times later than the one before. */
  apart: Math.SQRT2,
  /** Share of the training's computing that may go into them. */
  share: 0.15,
  /** At most so many scans, and windows for so many steps' patches over all of them (but always one scan). */
  cases: 8,
  batches: 16,
  /** Weight of the past in the smoothed score, as nnU-Net smooths its pseudo-Dice (it does so at 0.9, with 1000 looks). */
  smoothing: 0.6,
}

export const diceFigure = 'validation Dice'
export const smoothFigure = 'validation Dice, smoothed'

export interface Watch {
  /** Figures after a step (0-based), or null when it is not time to look. */
  inspect(step: number): Promise<Record<string, number> | null>
  close(): Promise<void>
}

export interface Watched {
  plan: Plan
  /** Label value of each class, background first. */
  values: number[]
  labels: Label[]
  /** As countPieces makes them. */
  pieces: number[]
  /** As placesOf makes them. */
  places: Places
  /** Labelled cases that are not learnt from. */
  cases: readonly TrainerCase[]
  seed: number
  steps: number
  /** Whether the network knows the labels to begin with: the first look is then after the first step, which changes little. */
  knowsLabels: boolean
  /** As openPredictor takes them. */
  device: string
  threads: number
  session: Session
}

/** null when there is nothing to watch. */
export async function openWatch(watched: Watched, host: Host): Promise<Watch | null> {
  const { plan, session, steps } = watched
  const { cases, windows } = choose(watched)
  if (cases.length === 0) return null
  // A window forward is about a third of what one patch of a step costs.
  const lookInSteps = windows / (3 * plan.batch)
  const looks = Math.max(1, Math.min(watchRules.looks, Math.floor((watchRules.share * steps) / lookInSteps)))
  const times = lookTimes(steps, looks)
  // From a start that knows labels the curve begins where that start is.
  if (watched.knowsLabels) times.add(1)
  const { values, labels, pieces, places } = watched
  const model = { plan, values, labels, pieces, places, weights: await session.parameters() }
  const predictor = await openPredictor(model, watched.device, watched.threads)
  // A cancel waits for the look to end: the loop then writes its checkpoint.
  const calm: Host = { ...host, cancelled: () => false }
  const unpredictable = new Set<TrainerCase>()
  let past: { smoothed: number; best: number } | null = null
  return {
    async inspect(step) {
      if (!times.has(step + 1)) return null
      past ??= await earlierLooks(host)
      const weights = await session.parameters()
      predictor.session.setParameters(weights)
      const scores: CaseScore[] = []
      for (const source of cases) {
        const predicted = unpredictable.has(source) ? null : await predictOrTell(source)
        if (predicted === null) continue
        const score = await measureCase(labels, source, predicted, host)
        if (scores.length === 0) await addPicture(host, source, { step: step + 1, dice: score.dice, predicted })
        scores.push(score)
      }
      const { dice } = evaluationOf('', 'validation', scores)
      if (dice === null) return null
      const smoothed =
        past.smoothed < 0 ? dice : watchRules.smoothing * past.smoothed + (1 - watchRules.smoothing) * dice
      const best = Math.max(past.best, smoothed)
      if (best > past.best) {
        const meta = { kind: 'segmentation', plan, values, labels, pieces, places, steps: step + 1, dice, smoothed }
        await host.run.write(bestFile, encodeTensors(weights, meta))
      }
      past = { smoothed, best }
      return { [diceFigure]: dice, [smoothFigure]: smoothed }
    },
    close: () => predictor.session.close(),
  }

  /** null where the scan can't be predicted: the training goes on. */
  async function predictOrTell(source: TrainerCase): Promise<Uint8Array | null> {
    try {
      return await predictor.labels(source, calm)
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error
      unpredictable.add(source)
      host.tell({
        type: 'notice',
        text: `${source.name} can’t be predicted on this computer, so it is not watched while the network learns.`,
      })
      return null
    }
  }
}

/** After which steps (from 1 on) is looked: the last of them, and at most looks - 1 others. */
export function lookTimes(steps: number, looks: number): Set<number> {
  const even = Math.ceil(watchRules.even * Math.min(looks, steps))
  const times = Array.from({ length: even }, (_, i) => Math.round(((i + 1) * steps) / even))
  for (let early = times[0] / watchRules.apart; times.length < looks && early >= 1; early /= watchRules.apart) {
    times.push(Math.round(early))
  }
  return new Set(times)
}

/** Which scans: drawn by the seed, until the windows are used up. */
function choose({ cases, plan, seed }: Watched): { cases: TrainerCase[]; windows: number } {
  const chosen: TrainerCase[] = []
  let windows = 0
  for (const source of random(seed, 'watched').shuffle([...cases])) {
    if (source.channels !== plan.channels) continue
    const more = countWindows(source, plan)
    if (chosen.length > 0 && windows + more > watchRules.batches * plan.batch) continue
    chosen.push(source)
    windows += more
    if (chosen.length === watchRules.cases) break
  }
  return { cases: chosen, windows }
}

/** Smoothed and best score so far, from the curves of the part that was done before; -1 when there is none. */
async function earlierLooks(host: Host): Promise<{ smoothed: number; best: number }> {
  const text = new TextDecoder().decode((await host.run.read(metricsFile)) ?? new Uint8Array())
  const smoothed = text
    .split('\n')
    .filter((line) => line.includes(smoothFigure))
    .map((line) => (JSON.parse(line) as { values: Record<string, number> }).values[smoothFigure])
  return { smoothed: smoothed.at(-1) ?? -1, best: Math.max(-1, ...smoothed) }
}
