import { describe, expect, it } from 'vitest'
import { measureFingerprint } from './fingerprint.ts'
import { dice } from './metrics.ts'
import { makePlan } from './plan.ts'
import { unknownLabel } from './patch.ts'
import { prepareCase, wholeOf } from './prepare.ts'
import { likeliest } from './classes.ts'
import { fuse, openPropagation } from './propagation.ts'
import { memoryHost, phantom } from './testing.ts'

const phantoms = Array.from({ length: 4 }, (_, i) => phantom(i))
const host = memoryHost(phantoms, new Map(), 'run')
const plan = makePlan(
  await measureFingerprint(
    phantoms.map((p) => p.source),
    host,
  ),
)
const prepare = (i: number, labels: false | number[]) => prepareCase(phantoms[i].source, plan, host, { labels })

/** What a network might think that finds the structures, but only their inner half, and sees a third one where there is none. */
function guess(label: Uint8Array): Float32Array {
  const result = new Float32Array(3 * label.length)
  label.forEach((l, v) => {
    const sure = l > 0 && v % 2 === 0 ? 0.55 : 0.35
    for (let k = 0; k < 3; k++)
      result[k * label.length + v] = l === 0 ? (k === 0 ? 1 : 0) : k === l ? sure : k === 0 ? 1 - sure : 0
  })
  return result
}

describe('propagation', () => {
  it('betters what a network thinks by the labels of other scans', async () => {
    const target = await prepare(3, false)
    const shape = target.shape
    const truth = phantoms[3].label
    const thinks = guess(truth)
    const propagation = openPropagation(
      plan,
      [await prepare(0, [0, 1, 2]), await prepare(1, [0, 1, 2])],
      [shape],
      3,
      1,
    )!
    expect(propagation.atlases).toBe(2)
    const labelled = async () => {
      const both = thinks.slice()
      await propagation.join(target, both, host)
      return likeliest(both, 3)
    }
    const labels = await labelled()
    const alone = truth.map((l, v) => (l > 0 && v % 2 === 0 ? l : 0))
    for (const k of [1, 2]) expect(dice(labels, truth, k)!).toBeGreaterThan(dice(alone, truth, k)! + 0.1)
    expect(await labelled()).toEqual(labels)
    // Without any network the votes alone find the structures.
    const votes = likeliest(await propagation.alone(target, host), 3)
    for (const k of [1, 2]) expect(dice(votes, truth, k)!).toBeGreaterThan(0.6)
  })

  it('carries nothing over from scans labelled in part', async () => {
    const [whole, partly] = [await prepare(0, [0, 1, 2]), await prepare(1, [0, 1, 2])]
    wholeOf(partly).label!.fill(unknownLabel, 0, 100)
    expect(openPropagation(plan, [partly], [whole.shape], 3, 1)).toBeNull()
    expect(openPropagation(plan, [partly, whole], [whole.shape], 3, 1)).toMatchObject({ atlases: 1 })
  })

  it('has nothing to say without labelled voxels, for slices, or where the network finds nothing', async () => {
    const target = await prepare(3, false)
    expect(openPropagation(plan, [await prepare(0, [0])], [target.shape], 3, 1)).toBeNull()
    const flat = { ...plan, patch: [plan.patch[0], plan.patch[1], 1] as [number, number, number] }
    const labelled = await prepare(0, [0, 1, 2])
    expect(openPropagation(flat, [labelled], [target.shape], 3, 1)).toBeNull()
    const nothing = guess(new Uint8Array(phantoms[3].label.length))
    const still = nothing.slice()
    await openPropagation(plan, [labelled], [target.shape], 3, 1)!.join(target, still, host)
    expect(still).toEqual(nothing)
  })
})

describe('the average with the network', () => {
  const own = Uint8Array.of(0, 1, 1, 2, 2, 0)
  const thinks = Float32Array.from([0.9, 0.4, 0.4, 0.4, 0.4, 0.9, 0.1, 0.6, 0.6, 0, 0, 0.1, 0, 0, 0, 0.6, 0.6, 0])
  const vote = (classes: number[]) => (k: number) => Float32Array.from(classes, (c) => (c === k ? 1 : 0))

  const together = (classes: number[]) => {
    const both = thinks.slice()
    fuse(own, both, vote(classes), 3)
    return likeliest(both, 3)
  }

  it('follows votes about a structure on which both agree', () => {
    // Of label 1 they share one voxel of two each: the votes count as much as the network.
    expect([...together([1, 1, 0, 2, 2, 0])]).toEqual([1, 1, 0, 2, 2, 0])
    // They share none: the votes do not count for it.
    expect(together([1, 0, 0, 2, 2, 0])[0]).toBe(0)
  })

  it('does not follow them about one that they find elsewhere', () => {
    expect([...together([1, 0, 0, 2, 2, 1])].filter((k) => k === 2)).toHaveLength(2)
    expect(together([2, 0, 0, 1, 1, 2])).toEqual(own)
  })
})
