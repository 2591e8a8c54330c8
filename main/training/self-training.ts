/**
 * Self-training (Lee, ICML workshop 2013; Xie et al., CVPR 2020) with a second opinion: in the first half of its steps the
 * network learns from the person's labels alone; it then labels the scans that have none, together with what registration
 * carries over from the labelled ones (propagation.ts), and goes on learning from both, a patch of each in turn. The labels it
 * gave itself are not kept: they follow from its weights at that time (`teacher.bin`), so a resumed run makes the same again.
 */
import { z } from 'zod'
import { decodeTensors, encodeTensors, type Session } from '../engine/index.ts'
import type { Label } from '../../shared/domain/records.ts'
import type { Plan } from '../../shared/domain/plan.ts'
import { random } from '../../shared/domain/random.ts'
import type { TrainerCase } from '../../shared/domain/trainer.ts'
import { likeliest } from './classes.ts'
import { json, readJson, TrainingError, type Host } from './host.ts'
import { likelyOnPlan, prepareCases, wholeOf, type PreparedCase } from './prepare.ts'
import { dice } from './metrics.ts'
import { unknownLabel } from './patch.ts'
import { keepPieces, keptPieces, layoutOf } from './pieces.ts'
import type { Places } from './places.ts'
import { countWindows, openPredictor, type Predictor } from './predict.ts'
import { openPropagation, type Propagation } from './propagation.ts'

/** The knobs, in one place. */
export const selfTrainingRules = {
  /** Share of the steps before it labels. */
  teacherShare: 0.5,
  /**
   * Mean Dice on (some of) the labelled scans below which the network labels no others: one that doesn't know the very labels
   * that it was taught would teach itself that structures are missing.
   */
  least: { dice: 0.5, scans: 5 },
  /** Labelling may take this much of the computing of the steps; as many scans as that allows, drawn by the seed. */
  share: 0.5,
}

const teacherFile = 'teacher.bin'
const recordFile = 'self-training.json'

/** self-training.json: settled once for a run, so that a resumed one goes on as it began. */
const Settled = z.object({
  /** The first step (0-based) that learns from both. */
  turn: z.number().int(),
  /** Ids of the scans that the network labels. */
  scans: z.array(z.string()),
  /** Whether the network knew enough to label them; not there before that was found out. */
  used: z.boolean().optional(),
})

export interface SelfTraining extends Pick<z.infer<typeof Settled>, 'turn' | 'scans'> {
  /**
   * Before each step: the scans, prepared, with the network's labels (classes in place of label values), at the first step of
   * this process that learns from them; else null. Null, too, where the network knows too little to label anything.
   */
  labelIfDue(step: number): Promise<PreparedCase[] | null>
  /** Whether there was anything to learn from. */
  used(): boolean
}

export interface SelfTrained {
  plan: Plan
  /** Label value of each class, background first. */
  values: number[]
  labels: Label[]
  /** As countPieces makes them. */
  pieces: number[]
  /** As placesOf makes them. */
  places: Places
  /** The labelled scans, with classes in place of label values. */
  cases: readonly PreparedCase[]
  /** Scans without a label. */
  unlabelled: readonly TrainerCase[]
  /** Bytes that they may take in memory once they are prepared; those beyond are kept in files. */
  memory: number
  seed: number
  steps: number
  /** Whether the network has learnt these labels before the first step: it then labels at once, if it knows them well enough. */
  knowsLabels: boolean
  /** As openPredictor takes them. */
  device: string
  threads: number
  session: Session
}

/** null where there is nothing to learn from oneself: no scan without a label, or a single step. */
export async function openSelfTraining(wish: SelfTrained, host: Host): Promise<SelfTraining | null> {
  const { plan } = wish
  const record = await readJson(host.run, recordFile)
  const known = record === null ? null : Settled.parse(record)
  if (wish.unlabelled.length === 0) return null
  const extents = wish.unlabelled.map((source) => likelyOnPlan(source, plan))
  const propagation = openPropagation(plan, wish.cases, extents, wish.values.length, wish.seed)
  const atOnce = known === null && wish.knowsLabels && (await knowsEnough(await wish.session.parameters()))
  const { turn, scans } = known === null ? settle(wish, propagation, atOnce) : known
  if (turn >= wish.steps || scans.length === 0) return null
  if (known === null) await host.run.write(recordFile, json({ turn, scans }))
  const sources = wish.unlabelled.filter(({ id }) => scans.includes(id))
  host.tell({ type: 'notice', text: describe(turn, wish.steps, scans.length, propagation) })
  let due = true
  let used = known?.used ?? false
  return {
    turn,
    scans,
    used: () => used,
    async labelIfDue(step) {
      if (!due || step < turn) return null
      due = false
      const weights = step === turn ? await keepTeacher() : await readTeacher()
      // Only one that was found to know enough labels before the first step.
      used = turn === 0 || (await knowsEnough(weights))
      await host.run.write(recordFile, json({ turn, scans, used }))
      if (used) return label(weights)
      host.tell({ type: 'notice', text: tooEarly })
      return null
    },
  }

  function open(weights: Map<string, Float32Array>): Promise<Predictor> {
    const { values, labels, pieces, places, device, threads } = wish
    return openPredictor({ plan, values, labels, pieces, places, weights }, device, threads)
  }

  async function knowsEnough(weights: Map<string, Float32Array>): Promise<boolean> {
    const { dice: least, scans } = selfTrainingRules.least
    const predictor = await open(weights)
    const scores: number[] = []
    try {
      for (const scan of random(wish.seed, 'scans to know')
        .shuffle([...wish.cases])
        .slice(0, scans)) {
        const found = likeliest(await predictor.probabilities(scan, host), wish.values.length)
        const { label } = wholeOf(scan)
        if (label === null) continue
        found.forEach((_, v) => label[v] === unknownLabel && (found[v] = unknownLabel))
        for (let k = 1; k < wish.values.length; k++) scores.push(...[dice(found, label, k)].filter((d) => d !== null))
      }
    } finally {
      await predictor.session.close()
    }
    return scores.reduce((sum, d) => sum + d, 0) >= least * scores.length
  }

  async function label(weights: Map<string, Float32Array>): Promise<PreparedCase[]> {
    const { values } = wish
    const predictor = await open(weights)
    const labelling: Host = {
      ...host,
      memory: wish.memory,
      tell: (message) =>
        host.tell('stage' in message ? { ...message, stage: 'Labelling scans to learn from' } : message),
    }
    try {
      return await prepareCases(sources, plan, labelling, {
        async labels(prepared) {
          const probabilities = await predictor.probabilities(prepared, host)
          await propagation?.join(prepared, probabilities, host)
          keepPieces(probabilities, prepared.shape, keptPieces(wish), layoutOf(wish))
          return likeliest(probabilities, values.length)
        },
      })
    } finally {
      await predictor.session.close()
    }
  }

  async function keepTeacher(): Promise<Map<string, Float32Array>> {
    const weights = await wish.session.parameters()
    await host.run.write(teacherFile, encodeTensors(weights, { kind: 'teacher', steps: turn }))
    return weights
  }

  async function readTeacher(): Promise<Map<string, Float32Array>> {
    const bytes = await host.run.read(teacherFile)
    if (bytes === null) throw new TrainingError(`${teacherFile} of this run is missing. Start a new run.`)
    return decodeTensors(bytes).tensors
  }
}

function settle(
  wish: SelfTrained,
  propagation: Propagation | null,
  atOnce: boolean,
): Pick<z.infer<typeof Settled>, 'turn' | 'scans'> {
  const { plan, seed, steps, unlabelled } = wish
  const { share, teacherShare } = selfTrainingRules
  // A window costs about a third of what one patch of a step does. One scan is always labelled.
  let windows = share * steps * 3 * plan.batch
  const chosen: string[] = []
  for (const source of random(seed, 'scans to label').shuffle([...unlabelled])) {
    windows -= countWindows(source, plan) + (propagation?.windows ?? 0)
    if (windows < 0 && chosen.length > 0) break
    chosen.push(source.id)
  }
  const turn = atOnce ? 0 : Math.max(1, Math.floor(teacherShare * steps))
  return { turn, scans: chosen.sort() }
}

const tooEarly =
  'Self-training was left out: the network does not know the labels that it was taught well enough yet to label other scans. It goes on learning from yours.'

function describe(turn: number, steps: number, scans: number, propagation: Propagation | null): string {
  const which = scans === 1 ? 'one scan that has' : `${scans} scans that have`
  const helped = propagation === null ? '' : ', helped by the labels of yours carried over to them'
  const when = turn === 0 ? 'before the first step' : `after ${turn} of ${steps} steps`
  return `Self-training: ${when} the network labels ${which} no label${helped}; it then goes on learning from those and from yours, half and half.`
}
