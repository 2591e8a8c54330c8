/**
 * Batches for training steps: cut, augmented and drawn by the thread that trains, or ahead of it by threads of their own
 * where the host has some. What a step sees is a pure function of its order and its number, so it is the same either way.
 */
import type { Inputs, Session } from '../engine/index.ts'
import type { Plan } from '../../shared/domain/plan.ts'
import type { PaperOptions } from '../../shared/domain/trainer.ts'
import { feedGrading } from './grading/feed.ts'
import { gradingGraph } from './grading/network.ts'
import type { Host } from './host.ts'
import type { PreparedCase } from './prepare.ts'
import { pretextTasks, type Exercise } from './pretext/index.ts'
import { segmentationGraph } from './segmentation-network.ts'
import { SegmentationFeed, type Course } from './segmentation-feed.ts'
import type { SharedVoxels, Voxels } from './voxels.ts'

/** All that a batch depends on but the number of its step. Plain data, once its cases are `SharedCase`s. */
export type BatchOrder<Case = PreparedCase> = { plan: Plan; seed: number; cases: readonly Case[] } & (
  | {
      kind: 'pretrain'
      task: string
      /** null: the recipe `handful`. */
      paper: PaperOptions['variant'] | null
      /** Which of the cases are learnt from. */
      pool: readonly number[]
    }
  | {
      kind: 'finetune'
      /** With the background. */
      classes: number
      course: Course
      /** Scans that a network has labelled. */
      proposed: readonly Case[]
    }
  | { kind: 'grade'; grades: number; gradeOf: ReadonlyMap<string, number> }
)

/** A prepared case as other threads get it. */
export type SharedCase = Omit<PreparedCase, 'voxels'> & { voxels: SharedVoxels }

/** Values of a step's inputs by name. */
export type Batch = ReadonlyMap<string, Float32Array>

/** Threads that make batches. */
export interface Ahead {
  /** The batch of a step if it was made ahead, else null. Those of the next steps are begun. */
  take(step: number): Promise<Batch | null>
  close(): Promise<void>
}

export interface Batches {
  /** Gives a session its inputs for a step (0-based). */
  give(session: Session, step: number): Promise<void>
  close(): Promise<void>
}

/** Sets a step's inputs. */
export type BatchMaker = (inputs: Inputs, step: number) => void

/** device: what the session computes with. here: makes a batch on this thread, as the order has it. */
export function openBatches(
  order: BatchOrder,
  host: Host,
  device: Session['device'],
  here: BatchMaker = makerOf(order),
): Batches {
  const shared = host.makeAhead && shareOrder(order)
  const ahead = shared && host.makeAhead!(shared, device.kind)
  return {
    async give(session, step) {
      const batch = ahead && (await ahead.take(step))
      if (batch === null) return here(session, step)
      for (const [name, values] of batch) session.setInput(name, values)
    },
    close: async () => ahead?.close(),
  }
}

export function makerOf(order: BatchOrder): BatchMaker {
  const { plan, seed, cases } = order
  if (order.kind === 'pretrain') {
    const exercise = exerciseOf(order.task, order.paper, plan, cases)
    const pool = order.pool.map((i) => cases[i])
    return (inputs, step) => exercise.feed(inputs, pool, seed, step)
  }
  if (order.kind === 'grade') {
    const graph = gradingGraph(plan, order.grades, true)
    return (inputs, step) => {
      feedGrading(order, inputs, step)
      graph.feed(inputs, seed, step)
    }
  }
  const { levels, feed } = segmentationGraph(plan, order.classes)
  const batches = new SegmentationFeed(plan, cases, levels, seed, order.course, order.proposed)
  return (inputs, step) => {
    batches.feed(inputs, step)
    feed?.(inputs, seed, step)
  }
}

/** Of a task that there is, in training. paper: as in an order. */
export function exerciseOf(
  name: string,
  paper: PaperOptions['variant'] | null,
  plan: Plan,
  cases: readonly PreparedCase[],
): Exercise {
  const task = pretextTasks.find((t) => t.name === name)!
  return paper === null ? task.build(plan, cases) : task.paper!.build(plan, { mode: 'training', variant: paper })
}

/** null where a case's voxels can't be read by other threads. */
function shareOrder(order: BatchOrder): BatchOrder<SharedCase> | null {
  const cases = shareAll(order.cases)
  if (cases === null) return null
  if (order.kind !== 'finetune') return { ...order, cases }
  const proposed = shareAll(order.proposed)
  return proposed && { ...order, cases, proposed }
}

function shareAll(cases: readonly PreparedCase[]): SharedCase[] | null {
  const result: SharedCase[] = []
  for (const { voxels, ...rest } of cases) {
    const shared = voxels.shared()
    if (shared === null) return null
    result.push({ ...rest, voxels: shared })
  }
  return result
}

/** In another thread: the order that shareOrder was given. open: gives the voxels of a case back. */
export function openOrder(order: BatchOrder<SharedCase>, open: (shared: SharedVoxels) => Voxels): BatchOrder {
  const openAll = (cases: readonly SharedCase[]) => cases.map((c) => ({ ...c, voxels: open(c.voxels) }))
  const cases = openAll(order.cases)
  return order.kind === 'finetune' ? { ...order, cases, proposed: openAll(order.proposed) } : { ...order, cases }
}
