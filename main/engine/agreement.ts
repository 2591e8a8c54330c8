/** For tests: sessions on a device against one that is known to be right, over whole steps. */
import { expect } from 'vitest'
import { compileTraining } from './compile.ts'
import type { Session } from './session.ts'
import { adamW, unet, unetInputs, type UnetOptions } from './testing.ts'

/** A training step of the U-Net with clipping, its logits kept. */
export function clippedTraining(net: UnetOptions, threads?: number) {
  const { graph, loss, logits } = unet(net)
  const optimiser = { ...adamW, clip: 1 } as typeof adamW
  return compileTraining({ graph, loss, optimiser, outputs: { logits }, threads })
}

/** A session of that U-Net with weights and inputs. */
export function prepare(session: Session, net: UnetOptions): Session {
  session.initialise(1)
  const { image, target } = unetInputs(net, 1)
  session.setInput('image', image)
  if (session.program.kind === 'training') session.setInput('target', target)
  return session
}

const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((value, i) => value - b[i]))

/** Relative differences that are allowed. */
export interface Allowed {
  readonly loss: number
  readonly gradients: number
  /** Of the loss of the second step. */
  readonly next: number
}
const single: Allowed = { loss: 1e-4, gradients: 1e-3, next: 1e-3 }

type Gradients = ReadonlyMap<string, Float32Array>

export function expectGradients(found: Gradients, right: Gradients, allowed = single.gradients): void {
  for (const [name, wanted] of right)
    expect(distance(wanted, found.get(name)!), name).toBeLessThan(allowed * Math.hypot(...wanted) + 1e-6)
}

/**
 * Prepared sessions of the same program: the subjects take the steps that the right one takes, the same bit for bit, resume
 * exactly on one another's state, and are not changed by a broken image.
 */
export async function expectSteps(
  right: Session,
  subjects: readonly [Session, Session],
  net: UnetOptions,
  allowed = single,
): Promise<void> {
  const wanted = await right.step({ rate: 0.01 })
  const found = []
  for (const session of subjects) {
    const { loss, norm } = await session.step({ rate: 0.01 })
    expect(Math.abs(loss - wanted.loss)).toBeLessThan(allowed.loss * wanted.loss)
    expect(Math.abs(norm - wanted.norm)).toBeLessThan(allowed.gradients * wanted.norm)
    expectGradients(await session.gradients(), await right.gradients(), allowed.gradients)
    const next = (await session.step({ rate: 0.01, groups: { encoder: 0 } })).loss
    found.push({ loss, norm, next, state: await session.state(), logits: await session.output('logits') })
  }
  expect(found[0]).toEqual(found[1])
  const next = (await right.step({ rate: 0.01, groups: { encoder: 0 } })).loss
  expect(Math.abs(found[0].next - next)).toBeLessThan(allowed.next * next)

  const [one, resumed] = subjects
  resumed.initialise(5)
  resumed.setState(found[0].state)
  expect(await resumed.step({ rate: 0.01 })).toEqual(await one.step({ rate: 0.01 }))

  const before = await resumed.state()
  resumed.setInput('image', unetInputs(net, 1).image.with(17, NaN))
  await expect(resumed.step({ rate: 0.01 })).rejects.toThrow(/is not a number after 3 steps/)
  expect(await resumed.state()).toEqual(before)
}

/** Prepared sessions of the same inference: the largest difference between their output p. Closes them. */
export async function largestDifference(sessions: readonly [Session, Session]): Promise<number> {
  const predictions: Float32Array[] = []
  for (const session of sessions) {
    await session.evaluate()
    predictions.push(await session.output('p'))
    await session.close()
  }
  return Math.max(...predictions[0].map((p, i) => Math.abs(p - predictions[1][i])))
}
