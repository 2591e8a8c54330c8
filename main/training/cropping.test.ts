/** Scans with zeros all about them: what is learnt and predicted is what it would be without. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { paste, volumeOf, type Region } from '../imaging/region.ts'
import { finetune } from './finetune.ts'
import { measureFingerprint } from './fingerprint.ts'
import { makePlan } from './plan.ts'
import { predict, readModel } from './predict.ts'
import { likelyOnPlan, prepareCase, wholeOf } from './prepare.ts'
import { memoryFolder, memoryHost, phantom, phantomTuning, type Files, type Phantom } from './testing.ts'

type Triple = [number, number, number]
const inner: Triple = [20, 18, 16]
/** What stays about it: a sixth of a patch, of 20×20×16 voxels. */
const margin: Triple = [4, 4, 3]
const left = inner.map((n, axis) => n + 2 * margin[axis]) as Triple
const shape: Triple = [40, 32, 30]
const low = (index: number): Triple => [5 + (index % 5), 4 + (index % 3), 3 + (index % 4)]

/** A phantom with zeros about it. */
function padded(index: number, at: Triple, to: Triple): Phantom {
  const { source, image, label } = phantom(index, inner)
  const region: Region = { low: at, size: inner }
  // Four bytes a voxel: rows four times as long.
  const wide = ([x, y, z]: Triple): Triple => [4 * x, y, z]
  const all = paste(new Uint8Array(image.buffer), { low: wide(at), size: wide(inner) }, wide(to))
  return { source: { ...source, shape: to }, image: new Float32Array(all.buffer), label: paste(label, region, to) }
}

describe('scans with zeros all about', () => {
  const scans = [0, 1, 2].map((i) => padded(i, low(i), shape))
  const sources = scans.map(({ source }) => source)
  const planOf = async (from: Phantom[]) => {
    const cases = from.map(({ source }) => source)
    return makePlan(await measureFingerprint(cases, memoryHost(from, new Map(), 'x')))
  }

  it('are planned for as what is left of them', async () => {
    const [whole, cropped] = [await planOf([0, 1, 2].map((i) => phantom(i, inner))), await planOf(scans)]
    expect(cropped.crop!.share).toEqual(inner.map((n, axis) => n / shape[axis]))
    expect({ ...cropped, crop: null }).toEqual({ ...whole, crop: null })
    expect(likelyOnPlan(sources[0], cropped)).toEqual(left)
    expect(likelyOnPlan({ ...sources[0], shape: [21, 20, 19] }, cropped)).toEqual([19, 19, 16])
  })

  it('pictures are left whole', async () => {
    const picture = phantom(0, [20, 18, 1])
    picture.image.fill(0, 0, 60)
    expect((await planOf([picture])).crop).toBeUndefined()
  })

  it('are prepared as what is left of them, with a margin, labels on zeros included', async () => {
    const plan = await planOf(scans)
    const host = memoryHost(scans, new Map(), 'x')
    const prepared = await prepareCase(sources[1], plan, host, { labels: [0, 1, 2] })
    expect(prepared.shape).toEqual(left)
    expect(prepared.source.region).toEqual({ low: low(1).map((l, axis) => l - margin[axis]), size: left })
    expect(wholeOf(prepared).label).toEqual(padded(1, margin, left).label)
    const stray = { ...scans[1], label: scans[1].label.slice() }
    stray.label[0] = 1
    stray.label[volumeOf(shape) - 1] = 255
    const all = await prepareCase(sources[1], plan, memoryHost([stray], new Map(), 'x'), { labels: [0, 1, 2] })
    const end = low(1).map((l, axis) => l + inner[axis] + margin[axis])
    expect(all.source.region).toEqual({ low: [0, 0, 0], size: end })
    expect(wholeOf(all).label![0]).toBe(1)
  })

  it('a scan of zeros alone, and one for a model that does not crop, are prepared whole', async () => {
    const plan = await planOf(scans)
    const zeros = { ...scans[0], image: new Float32Array(volumeOf(shape)) }
    const prepare = (one: Phantom, { crop, ...rest } = plan) =>
      prepareCase(one.source, { ...rest, crop }, memoryHost([one], new Map(), 'x'), { labels: false })
    expect((await prepare(zeros)).shape).toEqual(shape)
    expect((await prepare(scans[0], { ...plan, crop: undefined })).shape).toEqual(shape)
  })

  it(
    'give the network that scans without more zeros give, and predictions in their place',
    { timeout: 60_000 },
    async () => {
      const learn = async (from: Phantom[]) => {
        const folders = new Map<string, Files>()
        const host = (name: string) => memoryHost(from, folders, name)
        await finetune(
          phantomTuning(
            from.slice(0, 2).map(({ source }) => source),
            40,
          ),
          host('run'),
        )
        const files = new Map<string, Uint8Array>()
        const wish = { kind: 'predict' as const, runId: 'p', seed: 0, device: 'auto', threads: 1, modelFolder: 'run' }
        const cases = [{ ...from[2].source, outputFile: 'found.u8.gz' }]
        await predict(
          { ...wish, weights: 'last', entropy: true, cases },
          host('p'),
          async (f, c) => void files.set(f, c),
        )
        const { weights } = await readModel(memoryFolder(folders.get('run')!))
        // A hash: telling the difference of two networks takes minutes.
        const hash = createHash('sha256')
        for (const values of weights.values()) hash.update(values)
        return { weights: hash.digest('hex'), files }
      }
      const [whole, cropped] = [await learn([0, 1, 2].map((i) => padded(i, margin, left))), await learn(scans)]
      expect(cropped.weights).toBe(whole.weights)
      const region: Region = { low: low(2).map((l, axis) => l - margin[axis]) as Triple, size: left }
      for (const file of ['found.u8.gz', 'found.entropy.u8.gz']) {
        expect(whole.files.get(file)!.some((v) => v > 0)).toBe(true)
        const there = paste(whole.files.get(file)!, region, shape)
        expect(Buffer.from(cropped.files.get(file)!).equals(there)).toBe(true)
      }
    },
  )
})
