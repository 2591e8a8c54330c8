/** Images with black beside them: what a pretext task cuts lies in what they show, in both recipes. */
import { describe, expect, it } from 'vitest'
import { random } from '../../../shared/domain/random.ts'
import type { Inputs } from '../../engine/index.ts'
import { measureFingerprint } from '../fingerprint.ts'
import { makePaperPlan } from '../paper/plan.ts'
import { makePlan } from '../plan.ts'
import { prepareCases } from '../prepare.ts'
import { memoryHost, phantom, type Phantom } from '../testing.ts'
import { pretextTasks } from './index.ts'

const size = 96
const side = 64
const low = (size - side) / 2

/** Noise without any direction, high or wide, with black on the left and right, or above and below. */
const photos: Phantom[] = Array.from({ length: 8 }, (_, index) => {
  const draw = random(index, 'photo')
  const image = Float32Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)]
    const across = index % 2 ? x : y
    return across >= low && across < low + side ? 40 + 200 * draw.float() : 0
  })
  const source = {
    ...phantom(index).source,
    shape: [size, size, 1] as [number, number, number],
    shown: { low: [low, low, 0] as [number, number, number], size: [side, side, 1] as [number, number, number] },
    labelFile: null,
  }
  return { source, image, label: new Uint8Array() }
})
const sources = photos.map(({ source }) => source)
const host = memoryHost(photos, new Map(), 'x')
const fingerprint = await measureFingerprint(sources, host)
const plans = {
  handful: makePlan(fingerprint, 2),
  paper: makePaperPlan(fingerprint, { cube: 32, variant: 'code' }, host, 2),
}
const prepared = {
  handful: await prepareCases(sources, plans.handful, host, { labels: false, shown: true }),
  paper: await prepareCases(sources, plans.paper, host, { labels: false, shown: true }),
}
// Views that are turned by any angle have corners that show nothing; restoration does not ask for what is outside.
const tasks = pretextTasks.filter(({ name }) => name !== 'exemplar' && name !== 'restoration')

const both = tasks.flatMap((task) => [[task.name, 'handful', task] as const, [task.name, 'paper', task] as const])
// As published its tiles are cropped, and black is put about them.
const bare = both.filter(([name, recipe]) => name !== 'cpc' || recipe === 'handful')

describe('no batch shows the black beside an image:', () => {
  it.each(bare)('%s, %s', (_, recipe, task) => {
    const [plan, cases] = [plans[recipe], prepared[recipe]]
    const exercise =
      recipe === 'paper' ? task.paper!.build(plan, { mode: 'training', variant: 'code' }) : task.build(plan, cases)
    const fed = new Map<string, Float32Array>()
    const inputs: Inputs = { setInput: (name, values) => void fed.set(name, values.slice()) }
    for (let step = 0; step < 3; step++) {
      exercise.feed(inputs, cases, 1, step)
      const values = fed.get('image') ?? fed.get('tiles')!
      // Noise never has one value four times on end.
      const runs = values.filter((value, i) => i >= 3 && [1, 2, 3].every((back) => values[i - back] === value))
      expect(runs).toHaveLength(0)
    }
  })
})

it('grading, and all that does not ask for it, sees the whole image, by the same scale of grey', async () => {
  const [whole] = await prepareCases(sources, plans.handful, host, { labels: false })
  const [part] = prepared.handful
  expect(whole.shape).toEqual([size, size, 1])
  expect(part.shape).toEqual([side, side, 1])
  const all = whole.voxels.box([low, low, 0], [low, low, 0])!
  const at = (low - all.low[1]) * all.size[0] + low - all.low[0]
  expect(part.voxels.box([0, 0, 0], [0, 0, 0])!.image[0]).toBe(all.image[at])
})
